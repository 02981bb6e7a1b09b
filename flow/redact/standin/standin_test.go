package standin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/standin"
	"github.com/spectap/spectap/internal/test/must"
)

// TestOf makes stand-ins of values with a format: keyed, equal for equal values, different for
// others, and marked where the format has room.
func TestOf(t *testing.T) {
	for _, x := range []struct {
		value, other, form string // of the stand-in: 0 for a digit, x for a hexadecimal one
		marked             bool
	}{
		{"ada@example.com", "eve@example.com", "redacted-xxxxxxxxxxxxxxxx@redacted.invalid", true},
		{"https://example.com/secret/1", "wss://example.com/2", "https://redacted.invalid/xxxxxxxxxxxxxxxx", true},
		{"0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5b-d9cb-469f-a165-70867728950f", "72656461-6374-8xxx-bxxx-xxxxxxxxxxxx", true},
		{"2001:db8::1", "::1", "2001:db8:7265:6461:1xxx:1xxx:1xxx:1xxx", true},
		{"12345678901", "12345678902", "00000000000", false},
	} {
		t.Run(x.value, func(t *testing.T) {
			of := func(key, value string) string {
				out, ok := standin.Of(value, standin.NewHash([]byte(key), value), nil)
				if !ok {
					t.Fatalf("no stand-in for %q", value)
				}
				return out
			}
			out := of("k", x.value)
			if !hasForm(out, x.form) || standin.Is(out) != x.marked {
				t.Errorf("%q, marked: %v", out, standin.Is(out))
			}
			if out != of("k", x.value) || out == of("k", x.other) || out == of("another", x.value) || standin.Is(x.value) {
				t.Errorf("%q depends on other things than the key and the value", out)
			}
		})
	}
}

func hasForm(s, form string) bool {
	digits := strings.Count(form, "0") == len(form)
	for i := range len(s) {
		switch {
		case len(s) != len(form):
			return false
		case digits && (s[i] < '0' || s[i] > '9'), form[i] == 'x' && !strings.ContainsRune("0123456789abcdef", rune(s[i])):
			return false
		case !digits && form[i] != 'x' && form[i] != s[i]:
			return false
		}
	}
	return true
}

// TestOfNothing leaves placeholders where a value has no format.
func TestOfNothing(t *testing.T) {
	for _, value := range []string{"", "hunter2", "ghp_016C7fQ2mYx0b3nYk5sWcQ9aVtRzLd1eHuJ8", "two words", "a@b", "://x", "1990-02-03"} {
		if out, ok := standin.Of(value, standin.NewHash(nil, value), nil); ok {
			t.Errorf("%q: %q", value, out)
		}
	}
}

// TestBase64 keeps padding and length, within limits.
func TestBase64(t *testing.T) {
	for value, n := range map[string]int{
		"c2VjcmV0IHNlY3I=": 24, "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQ=": 36, strings.Repeat("aB3d", 1000): 1024,
	} {
		out, ok := standin.Of(value, standin.NewHash([]byte("k"), value), nil)
		if !ok || len(out) != n || strings.Count(out, "=") != strings.Count(value, "=") || !standin.Is(out) || strings.ContainsAny(out, "+/") {
			t.Errorf("%.40q: %q, %d bytes", value, out, len(out))
		}
	}
}

// TestDigits keeps the places of digits, zeros at the start and the integer type.
func TestDigits(t *testing.T) {
	for value, want := range map[string]int{"1234": 1234, "-98765": -98765, "2100000000": 2100000000} {
		out, ok := standin.Digits(value, standin.NewHash([]byte("k"), value), nil)
		if !ok || len(out) != len(value) || out == value || (out[0] == '-') != (want < 0) || len(out) == 10 && out > "2147483647" {
			t.Errorf("%s: %s", value, out)
		}
	}
	if out, ok := standin.Digits("0", standin.NewHash(nil, "0"), nil); ok {
		t.Errorf("0 has the stand-in %s", out)
	}
	if out, _ := standin.Digits("007.5e3", standin.NewHash(nil, "x"), nil); !strings.HasPrefix(out, "0") || !strings.HasSuffix(out, "e3") || len(out) != 7 {
		t.Errorf("007.5e3: %s", out)
	}
}

// TestSetBound makes a bounded number of stand-ins for one flow.
func TestSetBound(t *testing.T) {
	s := standin.Set{}
	for i := range 5000 {
		value := fmt.Sprintf("u%d@example.com", i)
		s.Add(fmt.Sprintf("[redacted:email:%010x]", i), value, standin.NewHash(nil, value), nil)
	}
	if len(s) != 4096 {
		t.Errorf("%d stand-ins", len(s))
	}
	if in := `{"a":"[redacted:email:0000001387]"}`; s.In(in, nil) != in {
		t.Errorf("the placeholder became %s", s.In(in, nil))
	}
	if out := s.In(`{"a":"[redacted:email:0000000001]","b":"to [redacted:email:0000000001]"}`, nil); !strings.Contains(out, "@redacted.invalid") ||
		!strings.HasSuffix(out, `"to [redacted:email:0000000001]"}`) {
		t.Errorf("the text became %s", out)
	}
}

// TestSetAuthority replaces both parts of the userinfo of a URI: no brackets may stand in it.
func TestSetAuthority(t *testing.T) {
	user, password := "[redacted:secret:0000000001]", "[redacted:secret:0000000002]"
	s := standin.Set{}
	s.Add(user, "ann", standin.NewHash(nil, "ann"), nil)
	s.Add(password, "xyz", standin.NewHash(nil, "xyz"), nil)
	out := s.In("https://"+user+":"+password+"@example.com/", nil)
	u := must.Get(url.Parse(out))
	if p, ok := u.User.Password(); !ok || !standin.Is(p) || !standin.Is(u.User.Username()) {
		t.Errorf("%s", out)
	}
}

// TestFormats tells values with a format from those that nearly have it.
func TestFormats(t *testing.T) {
	const jwt = "eyJhbGciOiJub25lIn0.e30.c2ln"
	for value, want := range map[string]string{
		"ann@example.com": "@redacted.invalid", "ann@example": "", "@example.com": "", "ann@example.": "", "a n@example.com": "",
		"a@b@example.com": "", "https://h": "https://", "https://": "", "http s://h": "", "https://h x": "", "a=b://h": "", "https:///x": "",
		jwt: "eyJ", jwt + ".x": "", "e30.e30": "", "abc.e30.c2ln": "", "192.0.2.1": "2", "fe80::1%eth0": "", "2001:db8::2": "2001:db8:",
		"aB3daB3daB3daB3d": "cmVk", "aB3daB3daB3daB3": "", "ab3dab3dab3dab3d": "", "AB3DAB3DAB3DAB3D": "", "aBcdaBcdaBcdaBcd": "",
		"aBcdaBcdaBcdaB==": "cmVk", "aBcdaBcdaBcdaBc=": "cmVk", "aBcdaBcdaBcdaB-=": "", "aBcdaBcdaBcda===": "",
		strings.Repeat("1", 1024): "", strings.Repeat("1", 1025): "", "0f8fad5b-d9cb-469f-a165-70867728950": "",
	} {
		out, ok := standin.Of(value, standin.NewHash([]byte("k"), value), nil)
		if isNumber := value[0] == '1' && len(value) == 1024; isNumber {
			ok = !ok || len(out) != len(value)
		}
		if ok != (want != "") || !strings.Contains(out, want) {
			t.Errorf("%.40q: %.40q, %v, want %q", value, out, ok, want)
		}
	}
}

// TestWholeValues replaces placeholders that are a whole value, and no others.
func TestWholeValues(t *testing.T) {
	const placeholder, number = "[redacted:email:0000000001]", "[redacted:secret:0000000002]"
	s := standin.Set{}
	s.Add(placeholder, "ann@example.com", standin.NewHash(nil, "a"), nil)
	s.AddNumber(number, "123", standin.NewHash(nil, "123"), nil)
	for _, text := range []string{
		`{"a":"«P»"}`, "a=«P»&b=1", "<a>«P»</a>", "/x/«P»/y", "a: «P»\nb", "«P»", "Bearer «P»", "x,«P»,y", "a\t«P»\tb",
		"«P»?x", "«P»#x", `"«P»\n"`,
		"to P", "P.", "xP", "a P", "P x", "(P)",
	} {
		in := strings.NewReplacer("«", "", "»", "", "P", placeholder).Replace(text)
		if got := s.In(in, nil); (got != in) != strings.Contains(text, "«") {
			t.Errorf("%s: %s", in, got)
		}
		if got := s.In(in, strings.ToUpper); strings.Contains(text, "«") && !strings.Contains(got, "@REDACTED.INVALID") {
			t.Errorf("%s is not escaped: %s", in, got)
		}
	}
	if got := s.In(`{"a":"`+number+`","b":1}`, nil); strings.Contains(got, "redacted") || strings.Contains(got, `:"`) || len(got) != len(`{"a":123,"b":1}`) {
		t.Errorf("the number became %s", got)
	}
	if got := s.In(`"`+number+`"`, nil); len(got) != 3 || strings.Contains(got, `"`) {
		t.Errorf("the number alone became %s", got)
	}
	if got := s.In(`"`+number, nil); !strings.Contains(got, `"`) {
		t.Errorf("the cut number became %s", got)
	}
}
