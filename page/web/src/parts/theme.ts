import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

function stored(): Theme {
  const t = localStorage.getItem("theme");
  return t === "light" || t === "dark" ? t : "system";
}

export const theme = signal<Theme>(stored());

export function applyTheme() {
  document.documentElement.dataset.theme = theme.value;
}

export function setTheme(t: Theme) {
  theme.value = t;
  localStorage.setItem("theme", t);
  applyTheme();
}
