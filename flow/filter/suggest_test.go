package filter_test

import (
	"testing"

	"github.com/spectap/spectap/flow/filter"
)

func TestSuggest(t *testing.T) {
	for text, want := range map[string]string{
		"POST users":                    "method:POST users",
		"post users":                    "method:POST users",
		"users 404":                     "users status:404",
		"status>=400":                   "status:>=400",
		"status >= 400 users":           "status:>=400 users",
		"status==404 host!=a.example":   "status:404 -host:a.example",
		"body~oops or path=~^/v1":       "body:~oops or path:~^/v1",
		"took>1s":                       "took:>1s",
		"-method=GET (5xx or took>1s)":  "-method:GET (status:5xx or took:>1s)",
		"error":                         "(is:failed or status:>=400)",
		"metod:POST":                    "method:POST",
		"Status:404":                    "", // fields have no case
		"page=2":                        "",
		"http://shop.example/a":         "",
		"orders":                        "",
		"host:a.example status:>=400":   "",
		`"POST users"`:                  "",
		"stauts:many":                   "", // is no filter either
		"":                              "",
		"post":                          "", // may be in a path
		"path:/v1/*/items GET":          "path:/v1/*/items method:GET",
		"time:-15m or is:failed, error": "",
	} {
		if got := filter.Suggest(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
