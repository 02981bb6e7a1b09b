package redact_test

import (
	"strings"
	"testing"
)

// TestEndsOfLiterals checks that a number in JSON is hidden up to its end, whatever follows it, and
// that what follows stays.
func TestEndsOfLiterals(t *testing.T) {
	for _, end := range []string{"}", ",\"a\":1}", " }", "\n}", "\t}", "\r\n}", " ,\"a\":1}"} {
		in := `{"pin":4711` + end
		if got, want := emptied(string(red.JSON([]byte(in)))), `{"pin":"[]"`+end; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		in = `{"pins":[4711,4712` + strings.Replace(end, "}", "]}", 1)
		if !strings.HasPrefix(end, ",\"") && !strings.HasPrefix(end, " ,") {
			if got := emptied(string(red.JSON([]byte(in)))); strings.Contains(got, "471") || !strings.HasSuffix(got, strings.Replace(end, "}", "]}", 1)) {
				t.Errorf("%q: %q", in, got)
			}
		}
	}
	for _, end := range []string{"{", "[", `"`, ":"} { // no JSON any more
		if got := emptied(string(red.JSON([]byte(`{"pin":4711` + end)))); strings.Contains(got, "4711") || !strings.HasPrefix(got, `{"pin":`) {
			t.Errorf("before %s: %s", end, got)
		}
	}
	for in, want := range map[string]string{
		`{"sensitive":true,"value":"hunter2xyz"}`: `{"sensitive":true,"value":"[]"}`, `{"sensitive":false,"value":"hunter2xyz"}`: `{"sensitive":false,"value":"hunter2xyz"}`,
		`{"pin":-4711,"tokens":12,"pass":3}`: `{"pin":"[]","tokens":12,"pass":3}`, `{"pin":true,"cvv":null}`: `{"pin":true,"cvv":null}`,
		`{"n":4222222222222,"m":4222222222223}`: `{"n":"[]","m":4222222222223}`, `{"n":42222222222200}`: `{"n":42222222222200}`,
		`{"n":4111111111111111,"m":4111111111111112}`: `{"n":"[]","m":4111111111111112}`, `{"id":4111111111111111}`: `{"id":4111111111111111}`,
	} {
		if got := emptied(string(red.JSON([]byte(in)))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
