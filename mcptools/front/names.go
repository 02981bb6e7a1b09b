package front

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
)

// checkNames returns an error if an object in a message names a member twice. JSON parsers differ
// in the value they take, so what a person confirms might not be what is sent. Text that is not
// JSON passes: the library answers it.
func checkNames(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowInvalidUTF8(true))
	_, err := dec.ReadValue()
	if !errors.Is(err, jsontext.ErrDuplicateName) {
		return nil
	}
	at := "an object"
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = string(syntax.JSONPointer)
	}
	const maxShown = 200 // bytes of the name
	return fmt.Errorf("duplicate name in the message: %.*q: send each member once", maxShown, at)
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
