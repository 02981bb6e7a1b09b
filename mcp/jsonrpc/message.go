package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/rawjson"
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
	Text   []byte // the complete message, encoded anew
	ID     string // as JSON, or ""
	Method string
	Params jsontext.Value // nil without parameters
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
	// Asks and Answers report whether the message is, by its members, a request or notification, or
	// a response. The id of a request is chosen by its sender, that of a response by its receiver.
	Asks, Answers bool
}

// NewMalformed returns the error for a request with an id.
func NewMalformed(code int, id, why string) *Malformed {
	return &Malformed{Code: code, ID: id, Why: why, Asks: true}
}

func (e *Malformed) Error() string { return e.Why }

// Refusal answers the message. An answer has no id if the receiver chose that of the message.
func (e *Malformed) Refusal() *Message {
	id := e.ID
	if e.Answers {
		id = ""
	}
	return Failure(id, e.Code, e.Why, nil)
}

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
	text, bad := withoutSpace(data)
	if bad != nil {
		bad.identify(data)
		return nil, bad
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
			if m.Method = rawjson.String(p.Value); m.Method == "" {
				return nil, refusal(text, "the method must be a name")
			}
		case "params":
			m.Params = p.Value
		case "result":
			m.Result = p.Value
		case "error":
			m.Err = p.Value
		default:
			return nil, refusal(text, fmt.Sprintf("the message has the member %.60q, which JSON-RPC does not define", p.Name))
		}
	}
	why := m.check(version)
	if why == "" {
		why = m.checkParams()
	}
	if why != "" {
		return nil, refusal(text, why)
	}
	return m, nil
}

// check returns why the members make no message, "" if they do.
func (m *Message) check(version string) string {
	switch {
	case !isID(m.ID, m.Method == "", m.Err != nil):
		return "the id must be a string or an integer"
	case version != `"2.0"`:
		return `jsonrpc must be "2.0"`
	case m.Method != "" && (m.Result != nil || m.Err != nil):
		return "the message is a request and a response at once"
	case m.Method != "" && m.Params != nil && m.Params.Kind() != '{':
		return "the parameters must be an object"
	case m.Method == "" && m.ID == "":
		return "the message has neither a method nor an id"
	case m.Method == "" && (m.Result == nil) == (m.Err == nil):
		return "a response has either a result or an error"
	case m.Method == "" && m.Params != nil:
		return "a response has no parameters"
	}
	return ""
}

// isID reports whether JSON-RPC and MCP allow an id, or its absence. MCP forbids null; it stands
// only in answers to a message whose id could not be read. An answer may have an integer as a
// fraction or with an exponent, because some servers write large ones so.
func isID(id string, isAnswer, isError bool) bool {
	switch {
	case id == "":
		return true
	case len(id) > maxIDLen:
		return false
	case id == "null":
		return isError
	}
	switch jsontext.Value(id).Kind() {
	case '"':
		return true
	case '0':
		return !strings.ContainsAny(id, ".eE") || isAnswer && !strings.ContainsAny(Key(id), ".eE")
	}
	return false
}

// refusal returns the error for a message that is an object of JSON.
func refusal(text []byte, why string) *Malformed {
	bad := &Malformed{Code: CodeInvalidRequest, Why: why}
	bad.identify(text)
	return bad
}

// identify finds the only id of a refused message, and its kind, so that a waiting sender gets an
// answer. A message with two ids, or with one in another case, counts as having none: two readers
// might take different ones.
func (e *Malformed) identify(data []byte) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, _ = dec.ReadToken() // the brace that the object begins with
	ids, id, asks, answers := 0, "", false, false
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return
		}
		name := t.String()
		value, err := dec.ReadValue()
		if err != nil {
			return
		}
		switch Fold(name) {
		case "ID":
			if ids++; name == "id" {
				id = string(value)
			}
		case "METHOD":
			asks = true
		case "RESULT", "ERROR":
			answers = true
		}
	}
	if dec.PeekKind() != '}' {
		return // half a message may have half an id
	}
	e.Asks, e.Answers = asks && !answers, answers && !asks
	if ids == 1 && jsontext.Value(id).IsValid() && isID(id, e.Answers, false) {
		e.ID = id
	}
}

// withoutSpace copies a JSON object without space, and refuses what two readers might take for
// different values: members whose names are equal but for case, and invalid UTF-8.
func withoutSpace(data []byte) ([]byte, *Malformed) {
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(true)} // checkNames compares names
	text, err := jsontext.AppendFormat(nil, data, options...)
	if err == nil {
		return text, checkNames(text)
	}
	why := "the message is not valid JSON in UTF-8"
	if _, err := jsontext.NewDecoder(bytes.NewBuffer(data), options...).ReadValue(); err == nil {
		why = "the message goes on after its object"
	}
	return nil, &Malformed{Code: CodeParse, Why: why}
}

// checkNames compares the names of each object in a valid text without space.
func checkNames(text []byte) *Malformed {
	refuse := func(format string, most int) *Malformed {
		return &Malformed{Code: CodeInvalidRequest, Why: fmt.Sprintf(format, most)}
	}
	var open [maxDepth]names // of objects and arrays
	depth, members := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth == maxDepth {
				return refuse("values are nested more than %d deep", maxDepth)
			}
			open[depth] = names{few: open[depth].few[:0]}
			depth++
		case '}', ']':
			depth--
		case '"':
			end, hasEscapes := jsonvalue.StringEnd(text, i)
			name := text[i+1 : end-1]
			if hasEscapes && text[end] == ':' {
				name = []byte(rawjson.String(text[i:end]))
			}
			if i = end - 1; text[end] != ':' {
				continue
			}
			if members++; members > maxMembers {
				return refuse("the message has more than %d members", maxMembers)
			}
			if other, isNew := open[depth-1].add(name); !isNew {
				return alike(string(other), string(name))
			}
		}
	}
	return nil
}

// names are those of an object. They are compared one by one while they are few.
type names struct {
	few  [][]byte
	many map[string][]byte // by their folded forms
}

const maxFew = 32

// add adds a name, unless there is one that is equal but for case.
func (n *names) add(name []byte) (other []byte, isNew bool) {
	if n.many == nil && len(n.few) < maxFew {
		if i := slices.IndexFunc(n.few, func(o []byte) bool { return bytes.EqualFold(o, name) }); i >= 0 {
			return n.few[i], false
		}
		n.few = append(n.few, name)
		return nil, true
	}
	if n.many == nil {
		n.many = map[string][]byte{}
		for _, o := range n.few {
			n.many[Fold(string(o))] = o
		}
	}
	folded := Fold(string(name))
	other, again := n.many[folded]
	n.many[folded] = name
	return other, !again
}

// alike is the error for two names of one object that are equal, or equal but for case.
func alike(one, other string) *Malformed {
	why := fmt.Sprintf("two members of an object are called %.60q, or differ in case only", other)
	if one == other {
		why = "two members of an object have the same name"
	}
	return &Malformed{Code: CodeInvalidRequest, Why: why}
}

// Fold maps names that differ only in case, for readers that ignore case, to one name.
func Fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
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

// StatelessSince is the first revision without sessions.
const StatelessSince = "2026-07-28"

// SessionVersions are the revisions with sessions.
var SessionVersions = []string{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}

// IsStateless reports whether a revision has no sessions. Later revisions than the gateway knows
// count as such: the server answers for them.
func IsStateless(version string) bool {
	if version < StatelessSince {
		return false
	}
	_, err := time.Parse(time.DateOnly, version)
	return err == nil
}

// VersionOf returns the revision that a stateless request names, or "".
func VersionOf(m *Message) string {
	return rawjson.String(rawjson.At(m.Params, "_meta", MetaVersion))
}

// The protocol's own members of _meta, which begin with MetaPrefix: a stateless request's
// description of its client, a server's description of itself, and the request of a stream of
// notifications.
const (
	MetaPrefix       = "io.modelcontextprotocol/"
	MetaVersion      = MetaPrefix + "protocolVersion"
	MetaClient       = MetaPrefix + "clientInfo"
	MetaCapabilities = MetaPrefix + "clientCapabilities"
	MetaLevel        = MetaPrefix + "logLevel"
	ServerInfo       = MetaPrefix + "serverInfo"
	SubscriptionID   = MetaPrefix + "subscriptionId"
)

// The members of a result that asks for input, its type, and the members of the call that brings
// the input (MCP 2026-07-28, multi round-trip requests).
const (
	MemberType      = "resultType"
	InputRequired   = "input_required"
	MemberRequests  = "inputRequests"
	MemberState     = "requestState"
	MemberResponses = "inputResponses"
)

// ShowsForms reports whether the capabilities of a client say that it shows forms. A declaration
// without details means forms.
func ShowsForms(capabilities jsontext.Value) bool {
	var c struct {
		Elicitation *struct{ Form, URL *struct{} }
	}
	return json.Unmarshal(capabilities, &c) == nil && c.Elicitation != nil && (c.Elicitation.Form != nil || c.Elicitation.URL == nil)
}

// IsInput reports whether a method may be that of an input request: the protocol has these three.
func IsInput(method string) bool {
	return method == "elicitation/create" || method == "sampling/createMessage" || method == "roots/list"
}
