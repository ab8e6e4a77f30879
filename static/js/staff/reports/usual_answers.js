/** Usual answers: the one that is chosen stands in the field, to be edited; what somebody wrote stays. */

/** Let the list of usual answers fill in the field of the answer, where the page has both. */
export function offerAnswers() {
  const choice = document.getElementById("field-template");
  const answer = document.getElementById("field-answer");
  const texts = document.getElementById("answer-templates");
  if (!(choice instanceof HTMLSelectElement) || !(answer instanceof HTMLTextAreaElement) || !texts) return;
  /** @type {Record<string, string>} */
  const templates = JSON.parse(texts.textContent ?? "{}");
  const usual = new Set(["", answer.defaultValue, ...Object.values(templates)]);
  choice.addEventListener("change", () => {
    const text = templates[choice.value];
    if (text !== undefined && usual.has(answer.value)) answer.value = text;
  });
}
