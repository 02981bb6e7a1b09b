package refusal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/refusal"
)

// TestDemanded checks which names the texts of an error response demand. Each text stands in a
// field of an object, as owner.field=text.
func TestDemanded(t *testing.T) {
	for _, tt := range []struct{ name, texts, want string }{
		{"the name in the text", `.message=missing field "title"`, "missing field title"},
		{"the name in a field", ".field=title|.code=missing", "missing title"},
		{"only the field", ".field=title|.code=invalid", ""},
		{"the last part of a place", ".loc=body.user.title|.msg=required", "required title"},
		{"a place with blanks", ".loc=the title|.msg=required", "required"},
		{"the field of the text", ".email=is required", "is required email"},
		{"the field around a message", "email.message=is required", "is required email"},
		{"a message among errors", "errors.message=is required", "is required"},
		{"a demand in a place", ".path=required", ""},
		{"a choice", ".message=name or id is required", ""},
		{"a condition", ".message=name is required when active", ""},
		{"alternatives of a validator", ".message=name is required|.keyword=anyOf", ""},
		{"one of several", ".message=name is required|.keyword=oneOf", ""},
		{"capitals and separators", ".Message=Missing: first_name, LastName", "missing firstname lastname"},
		{"numbers", ".message=missing 17 items", "missing items"},
		{"500 bytes", ".message=missing a" + strings.Repeat(" ", 491), "missing a"},
		{"501 bytes", ".message=missing a" + strings.Repeat(" ", 492), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r refusal.Refusal
			for text := range strings.SplitSeq(tt.texts, "|") {
				place, value, _ := strings.Cut(text, "=")
				owner, field, _ := strings.Cut(place, ".")
				r.Add(field, owner, []byte(value))
			}
			if got := strings.Join(r.Demanded(), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestDemandWords checks each way to demand something, and each way to leave a choice.
func TestDemandWords(t *testing.T) {
	demanded := func(text string) bool {
		var r refusal.Refusal
		r.Add("message", "", []byte(text))
		return slices.Contains(r.Demanded(), "title")
	}
	for _, words := range []string{"Required:", "missing", "mandatory:", "blank", "not provided:", "not specified:",
		"must be provided:", "must be specified:", "must be set:", "must be present:", "you must provide", "you must specify",
		"it must include", "it must contain", "it must have", "please provide", "please specify", "undefined", "absent",
		"cannot be null:", "can't be null:", "must not be null:", "cannot be empty:", "can't be empty:", "must not be empty:"} {
		if !demanded(words + " title") {
			t.Errorf("%s demands nothing", words)
		}
	}
	for _, words := range []string{"or", "either", "one of", "at least", "unless", "if", "when"} {
		if demanded("required " + words + " title") {
			t.Errorf("%s demands", words)
		}
	}
	if demanded("title is invalid") {
		t.Error("an invalid value is demanded")
	}
}

// TestFields checks the fields that locate an error, and those that hold texts for people.
func TestFields(t *testing.T) {
	for field := range strings.FieldsSeq(`field fields param params parameter parameters path pointer loc location property
		missingProperty propertyPath source target attribute argument key dataPath instancePath`) {
		var r refusal.Refusal
		r.Add(field, "", []byte("title"))
		r.Add("message", "", []byte("required"))
		if got := fmt.Sprint(r.Demanded()); got != "[required title]" {
			t.Errorf("%s: %s", field, got)
		}
	}
	for field := range strings.FieldsSeq(`message messages msg error errors detail details description error_description
		reason title text code type status errorCode errorType errorMessage displayMessage documentation_url summary hint
		fault info response data result violations issues rule keyword`) {
		var r refusal.Refusal
		r.Add(field, "", []byte("required"))
		r.Add("message", field, []byte("missing"))
		if got := fmt.Sprint(r.Demanded()); got != "[required missing]" {
			t.Errorf("%s: %s", field, got)
		}
	}
}

// TestManyNames checks that at most a hundred names of a refusal are kept.
func TestManyNames(t *testing.T) {
	var r refusal.Refusal
	for i := range 30 {
		r.Add("message", "", fmt.Appendf(nil, "missing a%d b%d c%d", i, i, i))
	}
	if n := len(r.Demanded()); n != 100 {
		t.Errorf("%d names", n)
	}
}

// TestSentNames checks which names a request has, and which requests cannot be read.
func TestSentNames(t *testing.T) {
	long := strings.Repeat("a", 1<<16)
	for _, tt := range []struct{ name, query, media, body, want string }{
		{"nothing", "", "", "", ""},
		{"a query", "a=1&b[c]=2&d_e", "", "", "a b c de"},
		{"escapes", "a%5Bb%5D=1", "", "", "a b"},
		{"wrong escapes", "%zz=1", "", "", "no"},
		{"a form", "", "application/x-www-form-urlencoded", "a=1&b[c]=2", "a b c"},
		{"a form and a query", "q=1", "application/x-www-form-urlencoded", "a=1", "a q"},
		{"a wrong form", "", "application/x-www-form-urlencoded", "%zz", "no"},
		{"JSON", "", "application/json", `{"a":{"b_c":[{"D":"e"}]},"f":"g"}`, "a bc d f"},
		{"blanks behind it", "", "application/json", "{\"a\":1} \n", "a"},
		{"cut JSON", "", "application/json", `{"a":1`, "no"},
		{"no JSON", "", "application/json", `{"a":1} x`, "no"},
		{"64 KiB of a query", long, "", "", long},
		{"more", long + "a", "", "", "no"},
		{"64 KiB of a body", "", "application/json", `"` + long[2:] + `"`, ""},
		{"more of a body", "", "application/json", `"` + long[1:] + `"`, "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent, ok := refusal.SentNames(tt.query, tt.media, []byte(tt.body))
			got := "no"
			if ok {
				var names []string
				for name, is := range sent {
					if is && name != "" {
						names = append(names, name)
					}
				}
				slices.Sort(names)
				got = strings.Join(names, " ")
			}
			if got != tt.want {
				t.Errorf("got %.80s, want %.80s", got, tt.want)
			}
		})
	}
}
