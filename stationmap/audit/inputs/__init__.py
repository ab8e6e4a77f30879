"""What a study is made of besides people: territory, cells, supply, areas, what lies within reach."""
