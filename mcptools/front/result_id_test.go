package front

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestResultID compares the id that is found at the beginning of a message with that of the parsed
// message. Messages that are no plain results must be parsed.
func TestResultID(t *testing.T) {
	for _, tt := range []struct {
		text     string
		isParsed bool
	}{
		{`{"jsonrpc":"2.0","id":7,"result":{"tools":[]}}`, false},
		{`{"jsonrpc":"2.0","id":"a,\"result\":b","result":{}}`, false},
		{`{"jsonrpc":"2.0","id":null,"result":{}}`, false},
		{`{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"m","data":{"id":8,"result":1}}}`, true},
		{`{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"id":8,"result":{}}}`, true},
		{`{"jsonrpc":"2.0","method":"notifications/progress","params":{"id":8,"result":{}}}`, true},
		{`{"id":7,"jsonrpc":"2.0","result":{}}`, true},
		{`{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 2*maxResultID) + `","result":{}}`, true},
		{`{"jsonrpc":"2.0","id":7` + strings.Repeat(" ", maxResultID) + `,"method":"ping"}`, true},
		{`{"jsonrpc":"2.0","id":`, true}, {`,"result":`, true}, {``, true},
	} {
		id := resultID([]byte(tt.text))
		if (id == nil) != tt.isParsed {
			t.Errorf("%.60s: parsed %v, want %v", tt.text, id == nil, tt.isParsed)
		}
		var m message
		if err := json.Unmarshal([]byte(tt.text), &m); id != nil && (err != nil || string(m.ID) != string(id) || m.Method != nil) {
			t.Errorf("%.60s: got the id %s, want %s (%v)", tt.text, id, m.ID, err)
		}
	}
}
