package jsonrpc

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/rawjson"
)

// TestBuiltMessages checks what is written for each kind of message, and that it is read as what was
// meant.
func TestBuiltMessages(t *testing.T) {
	renamed := WithParams(Request("1", "m", []byte(`{"a":1,"b":2}`)), []rawjson.Member{{Name: "a", Value: []byte("3")}})
	other := Response("1", []byte(`{}`))
	other.ID, other.Result = `"k"`, []byte(`[]`)
	for _, tt := range []struct {
		m    *Message
		want string
	}{
		{Response("1", []byte(`{"a":1}`)), `{"jsonrpc":"2.0","id":1,"result":{"a":1}}`},
		{Failure(`"a"`, -5, "no", nil), `{"jsonrpc":"2.0","id":"a","error":{"code":-5,"message":"no"}}`},
		{Failure("", -5, "no", map[string]any{"b": 1}), `{"jsonrpc":"2.0","id":null,"error":{"code":-5,"data":{"b":1},"message":"no"}}`},
		{Request("1", `a"b`, []byte(`{}`)), `{"jsonrpc":"2.0","id":1,"method":"a\"b","params":{}}`},
		{Notification("n", nil), `{"jsonrpc":"2.0","method":"n"}`},
		{Notification("n", []byte(`{"a":1}`)), `{"jsonrpc":"2.0","method":"n","params":{"a":1}}`},
		{renamed, `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":3}}`},
		{other.Encoded(), `{"jsonrpc":"2.0","id":"k","result":[]}`},
	} {
		if string(tt.m.Text) != tt.want {
			t.Errorf("got %s, want %s", tt.m.Text, tt.want)
		}
		read, err := Parse([]byte(tt.want))
		if err != nil {
			t.Fatal(err)
		}
		if id := strings.TrimSuffix(read.ID, "null"); read.Method != tt.m.Method || id != strings.TrimSuffix(tt.m.ID, "null") ||
			string(read.Params) != string(tt.m.Params) || string(read.Result) != string(tt.m.Result) || string(read.Err) != string(tt.m.Err) {
			t.Errorf("%s is read as %+v, and was %+v", tt.want, read, tt.m)
		}
	}
}

// TestWithoutToken checks that nothing but the request for progress is removed.
func TestWithoutToken(t *testing.T) {
	for params, want := range map[string]string{
		`{"_meta":{"progressToken":1,"a":2},"b":3}`: `{"_meta":{"a":2},"b":3}`,
		`{"_meta":{"a":2},"b":3}`:                   `{"_meta":{"a":2},"b":3}`,
		`{"progressToken":1}`:                       `{"progressToken":1}`,
		`{"_meta":5}`:                               `{"_meta":5}`,
		`[]`:                                        `[]`,
		``:                                          ``,
	} {
		if got := WithoutToken([]byte(params)); string(got) != want {
			t.Errorf("%s became %s, want %s", params, got, want)
		}
	}
}

// TestKeysOfIDs checks that ids are the same if their values are, and that numbers are no strings.
func TestKeysOfIDs(t *testing.T) {
	for id, want := range map[string]string{`"a"`: `"a"`, `"\u0061"`: `"a"`, `"\/"`: `"/"`, `1`: `1`, `"1"`: `"1"`, ``: ``, `"`: `"`,
		`-0`: `0`, `1.0`: `1`, `10e-1`: `1`, `1.5`: `1.5`, `-7`: `-7`, `9007199254740993`: `9007199254740992`, `9.007199254740992e15`: `9007199254740992`, `1e999`: `1e999`} {
		if got := Key(id); got != want {
			t.Errorf("%s has the key %s, want %s", id, got, want)
		}
	}
	if a, b := NewPrefix(), NewPrefix(); a == b || len(a) < 20 {
		t.Errorf("ids begin with %s and %s", a, b)
	}
}
