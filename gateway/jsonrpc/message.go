package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/guard/enforce"
)

// The bounds of a message.
const (
	// DefaultMaxMessage is the size of a message, in bytes.
	DefaultMaxMessage = 16 << 20
	maxDepth          = 64
	maxMembers        = 100_000 // of objects, in one message
	maxIDLen          = 256
)

// The error codes of JSON-RPC 2.0.
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
)

// Message is a JSON-RPC message. A request has a method and an id, a notification a method, a
// response an id and a result or an error.
type Message struct {
	Text   []byte // the whole message, encoded anew
	ID     string // as JSON, "" if there is none
	Method string
	Params jsontext.Value // nil if there are none
	Result jsontext.Value
	Err    jsontext.Value
	Mirror []egress.Pair // HTTP headers of a stateless call that repeat arguments
}

// IsRequest, IsNotification and IsResponse tell the kinds of messages apart. A message is just one
// of them.
func (m *Message) IsRequest() bool      { return m.Method != "" && m.ID != "" }
func (m *Message) IsNotification() bool { return m.Method != "" && m.ID == "" }
func (m *Message) IsResponse() bool     { return m.Method == "" }

// Malformed is the error for a message that is refused before anything is decided on it.
type Malformed struct {
	Code int
	ID   string // of the message, if it could be read
	Why  string
}

// NewMalformed returns the error for a message with an id.
func NewMalformed(code int, id, why string) *Malformed { return &Malformed{code, id, why} }

func (e *Malformed) Error() string { return e.Why }

// Parse reads one message. The text of the result has no space between values, and each member
// once. The error is a [*Malformed].
func Parse(data []byte) (*Message, error) {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return nil, &Malformed{Code: CodeInvalidRequest, Why: "the message is empty"}
	case data[0] == '[':
		return nil, &Malformed{Code: CodeInvalidRequest, Why: "batches are not accepted: send each message by itself"}
	case data[0] != '{':
		return nil, &Malformed{Code: CodeParse, Why: "the message is not an object of JSON"}
	}
	text, err := reencode(data)
	if err != nil {
		return nil, err
	}
	m := &Message{Text: text}
	members, err := rawjson.Split(text)
	if err != nil {
		return nil, &Malformed{Code: CodeParse, Why: "the message is not valid JSON"}
	}
	version := ""
	for _, p := range members {
		switch p.Name {
		case "jsonrpc":
			version = string(p.Value)
		case "id":
			m.ID = string(p.Value)
		case "method":
			if json.Unmarshal(p.Value, &m.Method) != nil || m.Method == "" {
				return nil, m.invalid("the method must be a name")
			}
		case "params":
			m.Params = p.Value
		case "result":
			m.Result = p.Value
		case "error":
			m.Err = p.Value
		default:
			return nil, m.invalid(fmt.Sprintf("the message has the member %q, which JSON-RPC does not define", enforce.Clip(p.Name)))
		}
	}
	return m, m.check(version)
}

// check returns an error unless the members make a message.
func (m *Message) check(version string) error {
	switch kind := m.idKind(); {
	case kind == 0:
		m.ID = ""
		return m.invalid("the id must be a string or an integer")
	case version != `"2.0"`:
		return m.invalid(`jsonrpc must be "2.0"`)
	case m.Method != "" && (m.Result != nil || m.Err != nil):
		return m.invalid("the message is a request and a response at once")
	case m.Method != "" && m.Params != nil && m.Params.Kind() != '{':
		return m.invalid("the parameters must be an object")
	case m.Method == "" && m.ID == "":
		return m.invalid("the message has neither a method nor an id")
	case m.Method == "" && (m.Result == nil) == (m.Err == nil):
		return m.invalid("a response has either a result or an error")
	case m.Method == "" && m.Params != nil:
		return m.invalid("a response has no parameters")
	}
	return nil
}

// idKind returns the kind of the id, 0 if JSON-RPC or MCP does not allow it. MCP forbids null; it
// stands only in answers to a message whose id could not be read.
func (m *Message) idKind() jsontext.Kind {
	switch {
	case m.ID == "":
		return 'n'
	case len(m.ID) > maxIDLen:
		return 0
	case m.ID == "null" && m.Err != nil:
		return 'n'
	}
	switch k := jsontext.Value(m.ID).Kind(); k {
	case '"':
		return k
	case '0':
		if !strings.ContainsAny(m.ID, ".eE") {
			return k
		}
	}
	return 0
}

func (m *Message) invalid(why string) *Malformed {
	return NewMalformed(CodeInvalidRequest, m.ID, why)
}

// reencode copies a JSON object without space, and refuses what two readers might take for
// different values: members whose names are equal but for case, and invalid UTF-8.
func reencode(data []byte) ([]byte, error) {
	// Both leave equal names to the comparison below.
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true))
	var out bytes.Buffer
	out.Grow(len(data) + 1)
	enc := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true),
		jsontext.Multiline(false), jsontext.PreserveRawStrings(true))
	var names []map[string]string // of the open objects, by their folded forms; nil for arrays
	members := 0
	for {
		isName := false
		if n := len(names); n > 0 && names[n-1] != nil {
			_, length := dec.StackIndex(dec.StackDepth())
			isName = length%2 == 0
		}
		value, err := readToken(dec)
		if err != nil {
			return nil, err
		}
		switch k := value.Kind(); {
		case k == '{' || k == '[':
			if len(names) >= maxDepth {
				return nil, &Malformed{Code: CodeInvalidRequest, Why: fmt.Sprintf("values are nested more than %d deep", maxDepth)}
			}
			var open map[string]string
			if k == '{' {
				open = map[string]string{}
			}
			names = append(names, open)
		case k == '}' || k == ']':
			names = names[:len(names)-1]
		case isName:
			if members++; members > maxMembers {
				return nil, &Malformed{Code: CodeInvalidRequest, Why: fmt.Sprintf("the message has more than %d members", maxMembers)}
			}
			name, seen := value.String(), names[len(names)-1]
			folded := Fold(name)
			if other, ok := seen[folded]; ok {
				return nil, alike(other, name)
			}
			seen[folded] = name
		}
		if err := enc.WriteToken(value); err != nil {
			return nil, &Malformed{Code: CodeParse, Why: "the message is not valid JSON"}
		}
		if len(names) == 0 {
			break
		}
	}
	if rest := bytes.TrimSpace(data[dec.InputOffset():]); len(rest) > 0 {
		return nil, &Malformed{Code: CodeParse, Why: "the message goes on after its object"}
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// alike is the error for two names of one object that are equal, or equal but for case.
func alike(one, other string) error {
	why := fmt.Sprintf("two members of an object are called %q, or differ in case only", enforce.Clip(other))
	if one == other {
		why = "two members of an object have the same name"
	}
	return &Malformed{Code: CodeInvalidRequest, Why: why}
}

func readToken(dec *jsontext.Decoder) (jsontext.Token, error) {
	t, err := dec.ReadToken()
	if err != nil {
		return t, &Malformed{Code: CodeParse, Why: "the message is not valid JSON in UTF-8"}
	}
	return t, nil
}

// Fold maps names that are equal but for case, as readers that ignore case see it, to one name.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s) // as below: upper case is the least
	}
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
