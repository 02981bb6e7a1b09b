package serialize

import "testing"

// TestFillTemplate checks that parameters are replaced by their values, and that the rest of a
// template is sent as it is written.
func TestFillTemplate(t *testing.T) {
	values := map[string]string{"id": "7%2F8", "x": "{id}"}
	for template, want := range map[string]string{
		"/a/{id}":       "/a/7%2F8",
		"/{id}.{x}/b c": "/7%2F8.{id}/b%20c",
		"/a%20b/{none}": "/a%20b/",
		"/a{b":          "/a%7Bb",
		"/{id}/{":       "/7%2F8/%7B",
		"/a}b":          "/a%7Db",
	} {
		if got := fillTemplate(template, values); got != want {
			t.Errorf("%s: got %s, want %s", template, got, want)
		}
	}
}
