package egress

import "testing"

func TestWithoutUser(t *testing.T) {
	for in, want := range map[string]string{
		"https://api.example/a":            "https://api.example/a",
		"https://u:secret@api.example/%zz": "https://…@api.example/%zz",
		"https://u:se@cret@[::1/":          "https://…@[::1/",
		"u:secret@api.example":             "…@api.example",
		"http://u:p/w@host":                "http://…@host",
		"":                                 "",
	} {
		if got := WithoutUser(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
