package extract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// Matches keep the order of the body. The library alone returns them in random order.
func TestMatchesKeepOrder(t *testing.T) {
	const text = `{"e":1,"d":{"z":1,"y":{"x":2.5,"w":null}},"c":[{"b":4,"a":5}],"f":18446744073709551616,"g":"<"}`
	for expression, want := range map[string]string{
		"$":      text,
		"$.*":    `1 {"z":1,"y":{"x":2.5,"w":null}} [{"b":4,"a":5}] 18446744073709551616 "<"`,
		"$.d.*":  `1 {"x":2.5,"w":null}`,
		"$..*.a": `5`,
	} {
		t.Run(expression, func(t *testing.T) {
			find := must.Get(Compile("json_path", expression))
			for range 5 {
				all := must.Get(find(t.Context(), text))
				var got []string
				for _, x := range all {
					var b strings.Builder
					e := json.NewEncoder(&b)
					e.SetEscapeHTML(false)
					must.Do(t, e.Encode(x.value))
					got = append(got, strings.ReplaceAll(strings.TrimSpace(b.String()), `\u003c`, "<"))
				}
				if strings.Join(got, " ") != want {
					t.Fatalf("%s: got %s, want %s", expression, got, want)
				}
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("json_path", "$.a[?(@.b == 'x')]..c", `{"a":[{"b":"x","c":1}]}`)
	f.Add("css_selector", "a > b:nth-child(2n+1)", `<a><b>1</b></a>`)
	f.Fuzz(func(t *testing.T, kind, expression, body string) {
		if kind != "json_path" && kind != "css_selector" || len(body) > 4096 || len(expression) > 200 {
			return
		}
		find, err := Compile(kind, expression)
		if err != nil {
			return
		}
		all, err := find(t.Context(), body)
		if err != nil {
			return
		}
		for _, x := range all {
			x.Match()
		}
	})
}
