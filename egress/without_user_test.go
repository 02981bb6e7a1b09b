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

func TestWithoutUsers(t *testing.T) {
	for in, want := range map[string]string{
		"read https://u:secret@api.example/a?x=1: no such file": "read https://…@api.example/a?x=1: no such file",
		`--to "https://u:se@cret@h" 'nats://secret@h:1/x'`:      `--to "https://…@h" 'nats://…@h:1/x'`,
		"http://u:p/w@host and x":                               "http://…@host and x",
		"http://h:80/@scope/x, https://h/a@b":                   "http://h:80/@scope/x, https://h/a@b",
		"upstream proxy u:secret@host:80: must be":              "upstream proxy …@host:80: must be",
		"open https:/u:secret@host: no such file":               "open https:/…@host: no such file",
		"--proxy=u:secret@host":                                 "--proxy=…@host",
		"at 12:30, ann@host, git@host:x, package@1.2":           "at 12:30, ann@host, git@host:x, package@1.2",
	} {
		if got := WithoutUsers(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
