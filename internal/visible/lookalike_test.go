package visible

import "testing"

func TestMark(t *testing.T) {
	for text, want := range map[string]string{
		"pay": "pay", "pаy": "pа[U+0430]y", "to: anna@exаmple.org": "to: anna@exа[U+0430]mple.org",
		"привет мир": "привет мир", "naïve café": "naïve café", "": "", "привет, pаy!": "привет, pа[U+0430]y!", "a_о": "a_о[U+043E]", "日本 x": "日本 x",

		// A word that has no letter of ASCII, and reads as if it had.
		"https://www.аррӏе.com/": "https://www.аррӏе[U+0430…].com/",
		"раураӏ":                 "раураӏ[U+0440…]",
		"х.com":                  "х[U+0445…].com", "a@х": "a@х[U+0445…]",
		"он и она с картой": "он и она с картой", "Москва": "Москва", "και το": "και το", "х у": "х у",

		// Letters that only their alphabet tells apart, and other forms of letters.
		"Μaster": "Μ[U+039C]aster", "ᎪPI": "Ꭺ[U+13AA]PI", "гet": "г[U+0433]et", "2-я": "2-я", "5й": "5й",
		"𝚊𝚍𝚖𝚒𝚗": "𝚊𝚍𝚖𝚒𝚗[U+1D68A…]",
		"pａy":   "pａ[U+FF41]y", "paⅼ": "paⅼ[U+217C]", "ＮＴＴ": "ＮＴＴ", "m² 1º 東京API": "m² 1º 東京API",

		// Signs.
		"https://bank.example∕login.evil.example/": "https://bank.example∕[U+2215]login.evil.example/",
		"bank․example": "bank․[U+2024]example", "http꞉x": "http꞉[U+A789]x", "aːb": "aː[U+02D0]b",
		"“a” – b… 1,5 € 東京。": "“a” – b… 1,5 € 東京。",
	} {
		if got := mark(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, pair := range [][2]string{
		{"send_mail", "SendMail"}, {"pay", "pаy"}, {"list1", "Iist_l"}, {"modern", "modem"}, {"o0", "00"}, {"a\u200bb", "ab"},
		{"\u039caster", "master"}, {"\u1d0fpen", "open"}, {"\u0397ome", "home"}, {"stra\u00dfe", "STRASSE"},
	} {
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
