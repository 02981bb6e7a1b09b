package main

import "testing"

func TestMiddle(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc…fg"}, {"abcdefg", 5, "ab…fg"}, {"abc", 1, "…"}, {"", 3, ""},
		{"日本語日本語", 12, "日本語日本語"}, {"日本語日本語", 11, "日本語…本語"}, {"日本語日本語", 6, "日…語"},
	} {
		if got := middle(tt.text, tt.columns); got != tt.want {
			t.Errorf("middle(%q, %d) is %q, want %q", tt.text, tt.columns, got, tt.want)
		}
	}
}

func TestParagraphs(t *testing.T) {
	const text = `One two
three four five.

Six:
  a command   which is explained here
  https://example.com/a-word-that-does-not-fit
      more
after`
	const want = `One two three four
five.

Six:
  a command   which is
  explained here
  https://example.com/a-word-that-does-not-fit
      more
after`
	if got := paragraphs(text, 22); got != want {
		t.Errorf("paragraphs:\n%s\nwant:\n%s", got, want)
	}
	if got, want := paragraphs("  0    it worked, as it should", 20), "  0    it worked, as\n       it should"; got != want {
		t.Errorf("paragraphs:\n%s\nwant:\n%s", got, want)
	}
}
