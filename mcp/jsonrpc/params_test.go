package jsonrpc

import (
	"strings"
	"testing"
)

// TestParamNames checks that a request whose parameters a reader that ignores case would take for
// others is refused, and that other names pass.
func TestParamNames(t *testing.T) {
	for text, refused := range map[string]bool{
		`"tools/call","params":{"name":"a","Arguments":{}}`:                                           true,
		`"tools/call","params":{"name":"a","argument\u017f":{}}`:                                      true, // a long s
		`"tools/call","params":{"NAME":"a"}`:                                                          true,
		`"prompts/get","params":{"name":"a","ARGUMENTS":{}}`:                                          true,
		`"subscriptions/listen","params":{"notifications":{"ResourceSubscriptions":["a"]}}`:           true,
		`"completion/complete","params":{"ref":{"type":"ref/prompt","Name":"a"},"argument":{}}`:       true,
		`"tools/call","params":{"name":"a","arguments":{"Name":1,"NOTIFICATIONS":2},"_meta":{"X":1}}`: false,
		`"tools/call","params":{"name":"a","vendorOption":1}`:                                         false,
		`"vendor/method","params":{"Name":"a"}`:                                                       false,
	} {
		m, err := Parse([]byte(`{"jsonrpc":"2.0","id":1,"method":` + text + `}`))
		if (err != nil) != refused || err != nil && !strings.Contains(err.Error(), "must be spelled") {
			t.Errorf("%s: %v %v", text, m, err)
		}
	}
}
