package jsonrpc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth)
	tests := []struct{ text, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"ping"}`, "request"},
		{` { "jsonrpc" : "2.0", "id": "a" , "method": "tools/call", "params": {"name": "x", "arguments": {"n": 1.50e2}} } `, "request"},
		{`{"jsonrpc":"2.0","method":"notifications/initialized","params":{}}`, "notification"},
		{`{"jsonrpc":"2.0","id":1,"result":{}}`, "response"},
		{`{"jsonrpc":"2.0","id":1.0e0,"result":{}}`, "response"},
		{`{"jsonrpc":"2.0","id":1.0,"method":"ping"}`, "id must be"},
		{`{"jsonrpc":"2.0","id":1.5,"result":{}}`, "id must be"},
		{`{"jsonrpc":"2.0","id":1e999,"result":{}}`, "id must be"},
		{`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}`, "response"},
		{`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}`, "response"},

		{``, "is empty"},
		{`junk`, "not an object"},
		{`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "batches are not accepted"},
		{` [ ] `, "batches are not accepted"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping"`, "not valid JSON"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, "goes on after its object"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping",}`, "not valid JSON"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xff\"}", "not valid JSON in UTF-8"},
		{`{"jsonrpc":"2.0","id":1,"method":"\ud800"}`, "not valid JSON in UTF-8"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`, "same name"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}`, "differ in case only"},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","NAME":"b"}}`, "differ in case only"},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"k":1,"\u212a":2}}}`, "differ in case only"}, // the sign of kelvin
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\u0061me":"b"}}`, "same name"},
		{`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":` + deep + `}}`, "nested more than"},
		{`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[` + strings.Repeat(`{"a":1},`, maxMembers) + `1]}}`, "members"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}`, "parameters must be an object"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","params":null}`, "parameters must be an object"},
		{`{"jsonrpc":"2.0","id":1,"method":""}`, "method must be a name"},
		{`{"jsonrpc":"2.0","id":1,"method":5}`, "method must be a name"},
		{`{"jsonrpc":"2.0","id":null,"method":"ping"}`, "id must be"},
		{`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, "id must be"},
		{`{"jsonrpc":"2.0","id":{},"method":"ping"}`, "id must be"},
		{`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", maxIDLen-2) + `","method":"ping"}`, "request"}, // with the quotes
		{`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", maxIDLen-1) + `","method":"ping"}`, "id must be"},
		{`{"jsonrpc":"1.0","id":1,"method":"ping"}`, `jsonrpc must be "2.0"`},
		{`{"id":1,"method":"ping"}`, `jsonrpc must be "2.0"`},
		{`{"jsonrpc":"2.0","id":1}`, "either a result or an error"},
		{`{"jsonrpc":"2.0"}`, "neither a method nor an id"},
		{`{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`, "either a result or an error"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`, "a request and a response"},
		{`{"jsonrpc":"2.0","id":1,"result":{},"params":{}}`, "no parameters"},
		{`{"jsonrpc":"2.0","id":1,"method":"ping","extra":1}`, `the member "extra"`},
	}
	for _, tt := range tests {
		m, err := Parse([]byte(tt.text))
		var bad *Malformed
		switch {
		case errors.As(err, &bad):
			if !strings.Contains(bad.Why, tt.want) || bad.Code == 0 {
				t.Errorf("%.80s\n %d %s, want %q", tt.text, bad.Code, bad.Why, tt.want)
			}
		case err != nil:
			t.Errorf("%.80s: %v", tt.text, err)
		case m.IsRequest() != (tt.want == "request") || m.IsNotification() != (tt.want == "notification") || m.IsResponse() != (tt.want == "response"):
			t.Errorf("%.80s: %+v, want a %s", tt.text, m, tt.want)
		}
	}
}

// TestRefusedIDs answers refused messages with the one id that they have. An answer to a response
// has none: its id is of whom it was for.
func TestRefusedIDs(t *testing.T) {
	for text, want := range map[string]string{
		`{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call"}`:                                           "7",
		`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"a","NAME":"b"}}`:                        `"a"`,
		`{"jsonrpc":"2.0","method":"tools/call","params":{"a":{"id":1,"id":2}},"id":3}`:                            "3",
		`{"jsonrpc":"2.0","id":4,"method":"x","extra":1}`:                                                          "4",
		`{"jsonrpc":"2.0","id":5,"method":"p` + "\xff" + `"}`:                                                      "5",
		`{"jsonrpc":"2.0","id":6,"method":"x","params":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`: "6",
		`{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`:                                                          "null",
		`{"jsonrpc":"2.0","id":1,"ID":2,"method":"ping"}`:                                                          "null",
		`{"jsonrpc":"2.0","Id":1,"method":"ping","method":"x"}`:                                                    "null",
		`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`:                                                               "null",
		`{"jsonrpc":"2.0","id":"\ud800","method":"ping"}`:                                                          "null",
		`{"jsonrpc":"2.0","id":"` + "\xff" + `","method":"ping"}`:                                                  "null",
		`{"jsonrpc":"2.0","method":"x","id":12`:                                                                    "null", // perhaps of 123
		`{"jsonrpc":"2.0","id":1,"method":"ping",}`:                                                                "null",
		`{"jsonrpc":"2.0","id":1,"method":"ping","x`:                                                               "null",
		`{`: "null",
		`{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}`:   "null",
		`{"jsonrpc":"2.0","id":1,"error":{"a":1,"a":2}}`:    "null",
		`{"jsonrpc":"2.0","id":1,"result":{},"params":{}}`:  "null",
		`{"jsonrpc":"2.0","id":1,"result":{},"method":"x"}`: "1",
	} {
		_, err := Parse([]byte(text))
		var bad *Malformed
		if !errors.As(err, &bad) {
			t.Fatalf("%s: %v", text, err)
		}
		if got := bad.Refusal().ID; cmp.Or(got, "null") != want {
			t.Errorf("%.90s is answered with the id %s, want %s", text, got, want)
		}
	}
}

// TestForwardedIsWhatWasParsed keeps numbers, escapes and the order of members.
func TestForwardedIsWhatWasParsed(t *testing.T) {
	m, err := Parse([]byte("{\"id\": \"\\u0061\",\t\"jsonrpc\":\"2.0\", \"method\":\"x\", \"params\":{\"z\":1.50e+2,\"a\":[ 9007199254740993 , null,\"\\u2028 <>\" ]}}"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"\u0061","jsonrpc":"2.0","method":"x","params":{"z":1.50e+2,"a":[9007199254740993,null,"\u2028 <>"]}}`
	if string(m.Text) != want {
		t.Errorf("got  %s\nwant %s", m.Text, want)
	}
	if Key(m.ID) != Key(`"a"`) || Key("1") == Key(`"1"`) {
		t.Error("ids are not compared by their value")
	}
}

// FuzzParse parses anything. What it accepts is read alike by a reader that ignores case and keeps
// the last of several members, and parses as itself.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"K":[1e5,"x"]}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"\ud83d\ude00"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			var bad *Malformed
			if !errors.As(err, &bad) || bad.Code == 0 || bad.Why == "" {
				t.Fatalf("error %v", err)
			}
			if !json.Valid(bad.Refusal().Text) {
				t.Fatalf("the answer is not JSON: id %q", bad.ID)
			}
			return
		}
		var loose struct {
			Method string
			Params json.RawMessage
		}
		if err := json.Unmarshal(m.Text, &loose); err != nil || loose.Method != m.Method || !bytes.Equal(loose.Params, m.Params) {
			t.Fatalf("another reader sees %q %s, want %q %s (%v)", loose.Method, loose.Params, m.Method, m.Params, err)
		}
		again, err := Parse(m.Text)
		if err != nil || !bytes.Equal(again.Text, m.Text) {
			t.Fatalf("%s became %s: %v", m.Text, again.Text, err)
		}
	})
}
