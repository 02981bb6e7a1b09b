const format = new Intl.DateTimeFormat("sv", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A time as year, month, day and time of day, here. */
export function when(at: string): string {
  return format.format(new Date(at));
}
