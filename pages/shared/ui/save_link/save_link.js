// A link that saves a file; its address is relative, so that it also works below a path and behind a proxy.

export default function ({ data, parentElement }) {
  const link = parentElement.querySelector("a");
  link.href = data.address;
  link.querySelector("span").textContent = data.label;
}
