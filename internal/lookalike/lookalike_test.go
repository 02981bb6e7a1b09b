package lookalike

import "testing"

func TestMark(t *testing.T) {
	for text, want := range map[string]string{
		"pay": "pay", "pаy": "pа[U+0430]y", "to: anna@exаmple.org": "to: anna@exа[U+0430]mple.org",
		"привет мир": "привет мир", "naïve café": "naïve café", "": "", "привет, pаy!": "привет, pа[U+0430]y!", "a_о": "a_о[U+043E]", "日本 x": "日本 x",
	} {
		if got := Mark(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, pair := range [][2]string{{"send_mail", "SendMail"}, {"pay", "pаy"}, {"list1", "Iist_l"}, {"modern", "modem"}, {"o0", "00"}, {"a\u200bb", "ab"}} {
		if Skeleton(pair[0]) != Skeleton(pair[1]) {
			t.Errorf("%q and %q look different", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"read", "write"}, {"send_mail", "send_mails"}, {"a", "b"}} {
		if Skeleton(pair[0]) == Skeleton(pair[1]) {
			t.Errorf("%q and %q look alike", pair[0], pair[1])
		}
	}
}
