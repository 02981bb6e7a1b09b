package redact_test

import (
	"strings"
	"testing"
)

// TestNamesAndValues checks which values are redacted under names of each sensitivity, which are the
// same in each notation.
func TestNamesAndValues(t *testing.T) {
	values := map[string]string{
		"digits": "482913", "letters": "abcdefgh", "generated": letters(16), "long": letters(32), "base64": letters(20) + "/" + letters(31)[20:],
		"hex": "5f4dcc3b5aa765d61d8327deb882cf99", "ssn": "123-45-6789", "id": "A12345", "encoded": "YW5uOmh1bnRlcjJ4",
		"uuid": "550e8400-e29b-41d4-a716-446655440000", "count": "17",
	}
	for name, redacted := range map[string][]string{
		"password":   {"digits", "letters", "generated", "long", "base64", "hex", "ssn", "id", "encoded", "uuid", "count"},
		"promo_code": {"digits", "generated", "long", "base64", "hex", "ssn", "id", "encoded"},
		"key":        {"generated", "long", "base64", "hex", "ssn", "encoded"},
		"iban":       {"digits", "long", "base64", "hex", "ssn", "id"},
		"etag":       {},
		"note":       {"long", "base64", "ssn"},
	} {
		for kind, value := range values {
			want := false
			for _, r := range redacted {
				want = want || r == kind
			}
			for notation, text := range map[string]string{
				"application/json": `{"` + name + `":"` + value + `"}`, "query": name + "=" + value + "&a=b", "member": name + ": " + value,
				"text/html": `<input name="` + name + `" value="` + value + `">`, "application/xml": "<" + name + ">" + value + "</" + name + ">",
			} {
				isMarkup := notation == "text/html" || notation == "application/xml"
				if isMarkup && name == "etag" || notation == "application/xml" && name == "key" {
					continue // names of elements and attributes do not keep values, and the element key names the next
				}
				if got := redactAs(notation, text) != text; got != want {
					t.Errorf("%s %s %s: %t", notation, name, kind, got)
				}
			}
		}
	}
}

// TestKindsOfWholeValues checks that a value has the kind of its form only if all of it has that form.
func TestKindsOfWholeValues(t *testing.T) {
	for value, kind := range map[string]string{
		"joe@example.com": "email", "to joe@example.com": "secret", "joe@example.com x": "secret", "hunter2x": "secret",
	} {
		if got := red.Value("password", value); !strings.HasPrefix(got, "[redacted:"+kind+":") {
			t.Errorf("%s: %s, want %s", value, got, kind)
		}
	}
}
