package front

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
)

// maxShownName limits what an error shows of a name, in bytes.
const maxShownName = 200

// checkNames returns an error if an object in a message names a member twice, or if the message or
// its params name one in another case than the protocol does. JSON parsers differ in the value they
// take, and the library's takes "Method" for "method", so what a person confirms, or a program in
// between lets pass, might not be what is done. Text that is not JSON passes: the library answers
// it.
func checkNames(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowInvalidUTF8(true))
	value, err := dec.ReadValue()
	if errors.Is(err, jsontext.ErrDuplicateName) {
		at := "an object"
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) {
			at = string(syntax.JSONPointer)
		}
		return fmt.Errorf("duplicate name in the message: %.*q: send each member once", maxShownName, at)
	}
	if err != nil {
		return nil
	}
	return checkCase(value)
}

// protocolNames are the members of a message and of its params that the library reads.
var protocolNames = []string{
	"jsonrpc", "id", "method", "params", "result", "error",
	"name", "arguments", "_meta", "uri", "cursor", "level", "task", "requestId", "inputResponses", "requestState",
}

// checkCase returns an error if a valid message or its params have a member that differs from one
// of the protocol in its case alone, as encoding/json folds it.
func checkCase(object jsontext.Value) error {
	if object.Kind() != '{' {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowInvalidUTF8(true))
	dec.ReadToken() // the brace; the value is valid, so that no call fails
	for dec.PeekKind() == '"' {
		token, _ := dec.ReadToken()
		name := token.String()
		for _, known := range protocolNames {
			if name != known && strings.EqualFold(name, known) {
				return fmt.Errorf("the message has the member %.*q: write it as %q", maxShownName, name, known)
			}
		}
		value, _ := dec.ReadValue()
		if name == "params" {
			if err := checkCase(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusal returns the response to a message that is refused before it reaches the library.
func refusal(data []byte, why error) []byte {
	var m message
	id := json.RawMessage("null")
	if json.Unmarshal(data, &m) == nil && len(m.ID) > 0 && m.ID[0] != '{' && m.ID[0] != '[' {
		id = m.ID
	}
	return failure(id, mcp.INVALID_REQUEST, why.Error())
}

// failure returns an error response.
func failure(id json.RawMessage, code int, why string) []byte {
	out, _ := json.Marshal(map[string]any{ // cannot fail: id is part of a valid message
		"jsonrpc": mcp.JSONRPC_VERSION, "id": id, "error": map[string]any{"code": code, "message": why},
	})
	return out
}
