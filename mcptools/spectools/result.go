package spectools

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// Codes of errors.
const (
	codeValidation     = "validation_error"
	codeAuthentication = "authentication_error"
	codeAuthorization  = "authorization_error"
	codeNotFound       = "not_found"
	codeServer         = "server_error"
	codeNetwork        = "network_error"
)

// envelope is what all results share.
type envelope struct {
	OutputFormat string `json:"OutputFormat"`
	OutputType   string `json:"OutputType"`
	Type         string `json:"type"`
}

func newEnvelope(typ string) envelope { return envelope{"structured", "json", typ} }

type successResult struct {
	envelope
	Data     json.RawMessage `json:"data"`
	Metadata metadata        `json:"metadata"`
}

// metadata is about an answer.
type metadata struct {
	StatusCode  int    `json:"status_code"`
	ContentType string `json:"content_type,omitempty"`
	// Encoding is "base64" when data is that of bytes that are no text.
	Encoding  string `json:"encoding,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	// Size is the number of bytes in hand, less than the answer's when Truncated.
	Size       int               `json:"size"`
	Location   string            `json:"location,omitempty"`
	RetryAfter string            `json:"retry_after,omitempty"`
	More       *more             `json:"more,omitempty"`  // how to read on
	Links      map[string]string `json:"links,omitempty"` // next, prev, first, last (RFC 8288)
}

type errorResult struct {
	envelope
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code        string       `json:"code"`
	Message     string       `json:"message"`
	Details     errorDetails `json:"details"`
	Suggestions []string     `json:"suggestions"`
}

type errorDetails struct {
	Field      string          `json:"field"`
	Reason     string          `json:"reason"`
	Problems   []string        `json:"problems,omitempty"` // all, when there are several
	StatusCode int             `json:"status_code,omitempty"`
	Response   json.RawMessage `json:"response,omitempty"` // of the API, cut short
	Metadata   *metadata       `json:"metadata,omitempty"`
}

type confirmationResult struct {
	envelope
	ConfirmationRequired bool   `json:"confirmation_required"`
	Message              string `json:"message"`
	Action               string `json:"action"`
}

// result writes v as structured content and as text.
func result(v any, isError bool) *mcp.CallToolResult {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		b.Reset()
		b.WriteString(`{"OutputFormat":"structured","OutputType":"json","type":"error","error":{"code":"server_error",` +
			`"message":"the answer cannot be written as JSON","details":{"field":"","reason":"internal"},"suggestions":[]}}`)
		isError = true
	}
	raw := bytes.TrimSpace(b.Bytes())
	return &mcp.CallToolResult{
		Content:              []mcp.Content{mcp.NewTextContent(string(raw))},
		StructuredContent:    json.RawMessage(raw),
		RawStructuredContent: raw,
		IsError:              isError,
	}
}

func failure(code, message string, d errorDetails, suggestions ...string) *mcp.CallToolResult {
	if suggestions == nil {
		suggestions = []string{}
	}
	return result(errorResult{newEnvelope("error"), errorBody{code, message, d, suggestions}}, true)
}

// invalid is the answer to arguments that are not right.
func invalid(problems []jsonschema.Problem, suggestions ...string) *mcp.CallToolResult {
	d := errorDetails{Field: problems[0].Field, Reason: problems[0].Reason}
	if len(problems) > 1 {
		for _, p := range problems {
			d.Problems = append(d.Problems, p.String())
		}
	}
	if len(suggestions) == 0 {
		suggestions = []string{"Correct the arguments and call again. Nothing was sent."}
	}
	return failure(codeValidation, "the arguments are not valid: "+problems[0].String(), d, suggestions...)
}

// confirmation is the answer to a call that is held.
func confirmation(op *operation, what string, canConfirm bool) *mcp.CallToolResult {
	m := what + " Nothing was sent."
	if canConfirm {
		m += " Ask the user; if they agree, repeat the call with the very same arguments and " + argConfirmed + ": true."
	} else {
		m += " " + argConfirmed + " counts only for the very same arguments of a call that is held: repeat the call without it first."
	}
	return result(confirmationResult{newEnvelope("confirmation_request"), true, m, action(op.method)}, false)
}

func action(method string) string {
	switch method {
	case "DELETE":
		return "delete_resource"
	case "PUT", "PATCH":
		return "update_resource"
	case "GET", "HEAD", "OPTIONS":
		return "read_resource"
	}
	return "create_resource"
}

// answer is what an API answered.
type answer struct {
	resp      *http.Response
	data      []byte
	truncated bool
	part      bool  // data is a part of the body: no JSON by itself
	more      *more // where the next part is
}

func (a *answer) metadata() metadata {
	m := metadata{
		StatusCode: a.resp.StatusCode, ContentType: sanitize.Line(a.resp.Header.Get("Content-Type"), 200),
		Truncated: a.truncated, Size: len(a.data), RetryAfter: sanitize.Line(a.resp.Header.Get("Retry-After"), 100),
		Links: links(a.resp.Header.Values("Link")), More: a.more,
	}
	if m.StatusCode == http.StatusCreated || m.StatusCode/100 == 3 {
		m.Location = sanitize.Line(a.resp.Header.Get("Location"), 2000)
	}
	return m
}

// content is the body as JSON: itself when it is JSON, else text, else base64.
func (a *answer) content(m *metadata) json.RawMessage {
	if len(a.data) == 0 {
		return json.RawMessage("null")
	}
	if !a.part && (kindOf(m.ContentType) == bodyJSON || m.ContentType == "") {
		if json.Valid(a.data) && utf8.Valid(a.data) {
			return a.data
		}
	}
	if utf8.Valid(a.data) && !bytes.ContainsRune(a.data, 0) {
		return orderedjson.Encode(string(a.data))
	}
	m.Encoding = "base64"
	return json.RawMessage(`"` + base64.StdEncoding.EncodeToString(a.data) + `"`)
}

// links reads the Link header's relations that lead through pages.
func links(lines []string) map[string]string {
	var out map[string]string
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			target, rest, ok := strings.Cut(one, ";")
			target = strings.TrimSpace(target)
			if !ok || len(target) < 2 || target[0] != '<' || target[len(target)-1] != '>' {
				continue
			}
			for p := range strings.SplitSeq(rest, ";") {
				name, rel, _ := strings.Cut(strings.TrimSpace(p), "=")
				rel = strings.Trim(rel, `"`)
				switch {
				case !strings.EqualFold(name, "rel"):
				case rel == "next" || rel == "prev" || rel == "first" || rel == "last":
					if out == nil {
						out = make(map[string]string)
					}
					out[rel] = sanitize.Line(target[1:len(target)-1], 2000)
				}
			}
		}
	}
	return out
}

// maxErrorBody bounds what an API says about an error.
const maxErrorBody = 4 << 10

// report turns an answer into a result. More advice goes before that of an error's status.
func report(op *operation, a *answer, more ...string) *mcp.CallToolResult {
	m := a.metadata()
	if m.StatusCode < 400 {
		data := a.content(&m)
		out := result(successResult{newEnvelope("api_response"), data, m}, false)
		out.Content = append(out.Content, mediaContent(op, a, &m)...)
		return out
	}
	if len(a.data) > maxErrorBody {
		a.data, m.Truncated = trimUTF8(a.data[:maxErrorBody]), true
	}
	code, reason, advice := explain(op, m.StatusCode, m.RetryAfter)
	message := fmt.Sprintf("the API answered %d %s", m.StatusCode, http.StatusText(m.StatusCode))
	return failure(code, strings.TrimSpace(message), errorDetails{
		Reason: reason, StatusCode: m.StatusCode, Response: a.content(&m), Metadata: &m,
	}, append(more, advice...)...)
}

func trimUTF8(b []byte) []byte {
	for i := 0; i < 3 && len(b) > 0 && !utf8.Valid(b); i++ {
		b = b[:len(b)-1]
	}
	return b
}

// mediaContent is an answer that is no text as MCP's own content: a picture, sound, or a resource.
func mediaContent(op *operation, a *answer, m *metadata) []mcp.Content {
	if m.Encoding != "base64" || a.truncated {
		return nil
	}
	typ := baseType(m.ContentType)
	data := base64.StdEncoding.EncodeToString(a.data)
	switch main, _, _ := strings.Cut(typ, "/"); main {
	case "image":
		return []mcp.Content{mcp.NewImageContent(data, typ)}
	case "audio":
		return []mcp.Content{mcp.NewAudioContent(data, typ)}
	}
	return []mcp.Content{mcp.NewEmbeddedResource(mcp.BlobResourceContents{URI: "spectap://answers/" + op.name, MIMEType: typ, Blob: data})}
}

// explain says what a status means for the caller.
func explain(op *operation, status int, retryAfter string) (code, reason string, advice []string) {
	switch {
	case status == 401:
		advice = []string{"The API wants to know who calls. Credentials belong to this server's configuration, not to the arguments."}
		if vars := op.credentialVariables(); len(vars) > 0 {
			advice = append(advice, "Ask the user to start the server with one of these variables set: "+strings.Join(vars[:min(len(vars), 6)], ", ")+".")
		}
		return codeAuthentication, "the credentials are missing or not accepted", advice
	case status == 403:
		return codeAuthorization, "the credentials do not allow this", []string{
			"Ask the user whether this account may do that; another call with the same credentials will be refused too.",
		}
	case status == 404 || status == 410:
		return codeNotFound, "there is no such thing", []string{
			"Check the identifiers in the arguments; list or search for the thing first if there is a tool for it.",
		}
	case status == 429:
		wait := "Wait before calling again."
		if retryAfter != "" {
			wait = "Wait before calling again; the API says when: " + retryAfter + "."
		}
		return codeServer, "too many calls", []string{wait}
	case status >= 500:
		return codeServer, "the API could not do it", []string{
			"Try again later. If the call changes something, look first whether it took effect.",
		}
	case status == 409 || status == 412:
		return codeValidation, "it conflicts with the present state", []string{
			"Read the thing again and repeat the call with what it has become.",
		}
	}
	return codeValidation, "the API did not accept the request", []string{
		"Read details.response for what the API says, correct the arguments and call again.",
	}
}
