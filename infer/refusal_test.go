package infer

import (
	"strings"
	"testing"
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
			var r refusal
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
