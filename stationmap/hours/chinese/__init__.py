"""Hours in Chinese words, such as 周一至周五 8:30—17:30, read by a grammar into OpenStreetMap syntax."""
