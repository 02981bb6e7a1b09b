package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// What is replaced before a syntax error can move or mend the error, and a redacted name says more
// than before; redacting again still changes nothing.
func TestJSONTwice(t *testing.T) {
	for _, text := range []string{
		`"pass\x77ord<token>password"secret":"`,
		`["pin","password://u:p@"secret":"`,
		`{"token=x":"password"}`,
	} {
		once := red.JSON([]byte(text))
		if twice := red.JSON(once); string(twice) != string(once) {
			t.Errorf("%s\nonce  %s\ntwice %s", text, once, twice)
		}
	}
}

// The size of a redacted message is that of its data, and that of a message that was cut off is at
// least what was sent.
func TestSizeOfMessages(t *testing.T) {
	for _, cut := range []bool{false, true} {
		f := flow.Flow{Messages: []flow.Message{{Data: []byte(`{"password":"hunter2x"}`), Size: 5000, Truncated: cut}}}
		m := red.Flow(f).Messages[0]
		want := int64(len(m.Data))
		if cut {
			want = 5000
		}
		if strings.Contains(string(m.Data), "hunter2x") || m.Size != want {
			t.Errorf("cut off: %v: %d bytes, want %d: %s", cut, m.Size, want, m.Data)
		}
	}
}

// A table in JSON may have 64 columns, and one in text 128.
func TestLastColumn(t *testing.T) {
	wide := `{"columns":["password"` + strings.Repeat(`,"a"`, 100) + `],"rows":[["hunter2x"` + strings.Repeat(`,"b"`, 100) + `]]}`
	if got := string(red.Body("application/json", []byte(wide))); strings.Contains(got, "hunter2x") {
		t.Errorf("101 columns: %s", got)
	}
	for n, want := range map[int]bool{63: false, 64: true} {
		columns, row := strings.Repeat(`"a",`, n)+`"password"`, strings.Repeat(`"b",`, n)+`"hunter2x"`
		got := string(red.Body("application/json", []byte(`{"columns":[`+columns+`],"rows":[[`+row+`]]}`)))
		if strings.Contains(got, "hunter2x") != want {
			t.Errorf("column %d: %s", n+1, got)
		}
	}
	for n, want := range map[int]bool{31: false, 127: false, 128: true} {
		got := string(red.Body("text/plain", []byte(strings.Repeat("a,", n)+"password\n"+strings.Repeat("b,", n)+"hunter2x\n")))
		if strings.Contains(got, "hunter2x") != want {
			t.Errorf("column %d: %s", n+1, got)
		}
	}
}
