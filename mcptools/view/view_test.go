package view

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

func TestVisible(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "hello\n\tworld", "hello\n\tworld"},
		{"letters", "Grüße, 世界, 🙂", "Grüße, 世界, 🙂"},
		{"escape", "a\x1b[31mb", "a⟨U+001B⟩[31mb"},
		{"delete", "a\x7f", "a⟨U+007F⟩"},
		{"line ends", "a\r\nb\rc", "a\r\nb⟨U+000D⟩c"},
		{"override", "a\u202eb", "a⟨U+202E⟩b"},
		{"zero width", "pass\u200bword", "pass⟨U+200B⟩word"},
		{"tags", "x\U000e0041", "x⟨U+E0041⟩"},
		{"variation", "x\ufe0f\U000e0100", "x⟨U+FE0F⟩⟨U+E0100⟩"},
		{"fillers", "\u3164\u2800\u115f", "⟨U+3164⟩⟨U+2800⟩⟨U+115F⟩"},
		{"soft hyphen", "a\u00adb", "a⟨U+00AD⟩b"},
		{"line separator", "a\u2028b", "a⟨U+2028⟩b"},
		{"private use", "\ue000", "⟨U+E000⟩"},
		{"invalid UTF-8", "a\xff\xc3", "a⟨0xFF⟩⟨0xC3⟩"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Visible(c.in); got != c.want {
				t.Errorf("Visible(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestVisibleLeavesNothingHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		got := Visible(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Visible(%q) is no UTF-8", s)
		}
		if i := strings.IndexFunc(strings.ReplaceAll(got, "\r\n", ""), IsHidden); i >= 0 {
			t.Fatalf("Visible(%q) has an invisible character at %d", s, i)
		}
		if Visible(got) != got {
			t.Fatalf("Visible(%q) is not stable", s)
		}
	})
}

// TestVisibleJSON checks that the decoded texts of the result are those of the input, made visible.
func TestVisibleJSON(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a\x1b[2J", "\u009b", "x\u202e", "\U000e0041", "\r\n", "\r", "\b", "\\u202e", "\u2028", `"`, "\x7f", "<&>"}))
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOfN(text, rapid.SliceOfN(text, 0, 3), 0, 3).Draw(t, "in")
		raw := must.Get(json.Marshal(in))
		want := map[string][]string{}
		for k, list := range in {
			want[Visible(k)] = VisibleAll(list)
		}
		if len(want) != len(in) {
			t.Skip("two names are equal")
		}
		var got map[string][]string
		if err := json.Unmarshal(VisibleJSON(raw), &got); err != nil {
			t.Fatalf("%q became %q: %v", raw, VisibleJSON(raw), err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q became %q", in, got)
		}
	})
	raw := []byte(`{"a\"b": [1, "c\\", "é\t", {"\u0041": "\r\n"}]}`)
	if got := VisibleJSON(raw); &got[0] != &raw[0] {
		t.Errorf("visible JSON was changed to %s", got)
	}
}
