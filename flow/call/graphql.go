package call

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/decode"
)

// variantOfQuery returns the variant of a GraphQL call sent with GET. The query string holds a
// document, or the name of a persisted operation.
func variantOfQuery(rawQuery string) Variant {
	if !strings.Contains(rawQuery, "query=") && !strings.Contains(rawQuery, "operationName=") {
		return Variant{}
	}
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return Variant{}
	}
	document, name := q.Get("query"), q.Get("operationName")
	switch {
	case document != "":
		return variantOfDocument(document, name)
	case name != "" && (isObject(q.Get("variables")) || isObject(q.Get("extensions"))):
		return Variant{KindPersisted, name}
	}
	return Variant{}
}

// isObject reports whether text is a JSON object.
func isObject(text string) bool { return strings.HasPrefix(text, "{") && json.Valid([]byte(text)) }

// variantOfForm returns the variant of a GraphQL call with files: a form whose first part,
// "operations", holds the call (GraphQL multipart request specification).
func variantOfForm(contentType string, data []byte) Variant {
	boundary := decode.Param(contentType, "boundary")
	if boundary == "" || !bytes.Contains(data, []byte(`name="operations"`)) {
		return Variant{}
	}
	part, err := multipart.NewReader(bytes.NewReader(data), boundary).NextRawPart()
	if err != nil || part.FormName() != "operations" {
		return Variant{}
	}
	text, err := io.ReadAll(part)
	if err != nil || decode.FirstByte(text) != '{' {
		return Variant{}
	}
	return variantOfCall(text)
}

// variantOfDocument returns the operation of a GraphQL document that a request runs: the one with
// the given name, or the first if no name is given. An anonymous operation takes the name of the
// first field that it selects.
func variantOfDocument(document, operationName string) Variant {
	if !strings.Contains(document, "{") {
		return Variant{}
	}
	tokens := documentTokens(document)
	for i, token := range tokens {
		switch token {
		case "query", "mutation", "subscription":
			name := ""
			if i+1 < len(tokens) && IsPlainName(tokens[i+1]) {
				name = tokens[i+1]
			}
			if operationName != "" && name != operationName {
				continue
			}
			if name == "" {
				name = firstField(tokens[i+1:])
			}
			return Variant{"GraphQL " + token, name}
		case "{": // the query shorthand
			if i == 0 {
				return Variant{KindQuery, firstField(tokens)}
			}
		}
	}
	return Variant{}
}

// IsQuery reports whether all operations of a GraphQL document are queries, which read. It is false
// where the words of other operations occur in any place.
func IsQuery(document string) bool {
	return !strings.Contains(document, "mutation") && !strings.Contains(document, "subscription") &&
		variantOfDocument(document, "").Kind == KindQuery
}

// maxTokens bounds the tokens of a document that are read.
const maxTokens = 10_000

// documentTokens returns the names and the opening brackets of a GraphQL document down to the
// fields that its operations select (GraphQL specification, section 2.1.6). It skips strings,
// comments and deeper selections.
func documentTokens(document string) []string {
	var tokens []string
	depth := 0
	for i := 0; i < len(document) && len(tokens) < maxTokens; {
		switch c := document[i]; {
		case c == '#':
			for i < len(document) && document[i] != '\n' {
				i++
			}
		case c == '"':
			i = skipString(document, i)
		case c == '_' || isLetter(c):
			start := i
			for i < len(document) && isNameByte(document[i]) {
				i++
			}
			if depth <= 1 {
				tokens = append(tokens, document[start:i])
			}
		case c == '{' || c == '(':
			if depth <= 1 {
				tokens = append(tokens, string(c))
			}
			depth++
			i++
		case c == '}' || c == ')':
			depth--
			i++
		default:
			i++
		}
	}
	return tokens
}

// skipString returns the index after the string literal that begins at i. It is beyond the document
// for a string without an end.
func skipString(document string, i int) int {
	for i++; i < len(document) && document[i] != '"'; i++ {
		if document[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isNameByte reports whether c may follow the first byte of a GraphQL name.
func isNameByte(c byte) bool { return c == '_' || isLetter(c) || c >= '0' && c <= '9' }

// firstField returns the first name after the brace that opens a selection set.
func firstField(tokens []string) string {
	for i, token := range tokens {
		if token == "{" && i+1 < len(tokens) && IsPlainName(tokens[i+1]) {
			return tokens[i+1]
		}
	}
	return ""
}
