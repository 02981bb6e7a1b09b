package spectools

import (
	"bytes"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/opsearch"
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

// envelope is common to all results.
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

// metadata describes an answer of the API.
type metadata struct {
	StatusCode  int    `json:"status_code"`
	ContentType string `json:"content_type,omitempty"`
	// Encoding is "base64" if the data are bytes that are not text, and "attached" if these bytes
	// are the next content of the result instead.
	Encoding  string `json:"encoding,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	// Lost reports that the rest of the answer was not read: it is longer than the server reads, or
	// the connection ended early.
	Lost bool `json:"lost,omitempty"`
	// Size is the number of bytes in this result, less than in the answer if Truncated.
	Size     int    `json:"size"`
	Location string `json:"location,omitempty"`
	// ETag names the state of a resource that other operations take as If-Match.
	ETag string `json:"etag,omitempty"`
	// NotFollowed says why a redirect to Location was not followed.
	NotFollowed string    `json:"not_followed,omitempty"`
	RetryAfter  string    `json:"retry_after,omitempty"`
	NextPage    *nextCall `json:"next_page,omitempty"` // of a list
	// More says where the most is left out, and how to get it; LeftOut names other places, and
	// OtherCuts counts those that it does not name.
	More      *more             `json:"more,omitempty"`
	LeftOut   []more            `json:"left_out,omitempty"`
	OtherCuts int               `json:"other_cuts,omitempty"`
	Links     map[string]string `json:"links,omitempty"` // next, prev, first, last (RFC 8288)
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
	Problems   []string        `json:"problems,omitempty"` // all problems, if there are several
	StatusCode int             `json:"status_code,omitempty"`
	Response   json.RawMessage `json:"response,omitempty"` // of the API, truncated to maxErrorBody
	Metadata   *metadata       `json:"metadata,omitempty"`
}

type confirmationResult struct {
	envelope
	ConfirmationRequired bool   `json:"confirmation_required"`
	Message              string `json:"message"`
	Action               string `json:"action"`
}

// newResult writes v as structured content and as text. Characters that do not show are escapes of
// JSON: an agent that reads the text sees them, and a value that a program decodes is the API's.
func newResult(v any, isError bool, attached ...mcp.Content) *mcp.CallToolResult {
	raw, err := encode(v)
	if err != nil {
		isError = true
		v = errorResult{newEnvelope("error"), errorBody{
			Code: codeServer, Message: "the answer cannot be written as JSON", Suggestions: []string{},
		}}
		raw, _ = encode(v)
	}
	return &mcp.CallToolResult{
		Content:              append([]mcp.Content{mcp.NewTextContent(textOf(v, raw))}, attached...),
		StructuredContent:    json.RawMessage(raw),
		RawStructuredContent: raw,
		IsError:              isError,
	}
}

// encode returns v as JSON in which all characters show.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(visible.JSON(string(bytes.TrimSpace(b.Bytes())))), nil
}

// resource returns the text of a resource.
func resource(uri, mediaType, text string) []mcp.ResourceContents {
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: mediaType, Text: visible.Text(text)}}
}

// prompt returns a prompt of one message.
func prompt(description, text string) *mcp.GetPromptResult {
	message := mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent(visible.Text(text)))
	return mcp.NewGetPromptResult(description, []mcp.PromptMessage{message})
}

func failure(code, message string, d errorDetails, suggestions ...string) *mcp.CallToolResult {
	if suggestions == nil {
		suggestions = []string{}
	}
	return newResult(errorResult{newEnvelope("error"), errorBody{code, message, d, suggestions}}, true)
}

// confirmationRequest returns the answer to a held call. request describes what would be sent.
func confirmationRequest(h heldCall, request string, canConfirm bool) *mcp.CallToolResult {
	m := request + " Nothing was sent."
	if canConfirm {
		m += " Ask the user; if they agree, repeat the call with the very same arguments and " +
			confirmedArgument + ": true."
	} else {
		m += " No call with these very arguments is held (a hold ends after some minutes, and with the server): " +
			"repeat the call without " + confirmedArgument + " first."
	}
	return newResult(confirmationResult{newEnvelope("confirmation_request"), true, m, h.action()}, false)
}

// action names what the request may do: that of its last method. A POST is named by its path and
// operationId, which are the document's words: they never make it a read.
func (h heldCall) action() string {
	if h.describe != nil {
		return "perform_action"
	}
	switch method := h.methods[len(h.methods)-1]; method {
	case "DELETE":
		return "delete_resource"
	case "PUT", "PATCH":
		return "update_resource"
	case "GET", "HEAD", "OPTIONS":
		return "read_resource"
	case "POST":
		return opsearch.PostEffect(h.op.id, h.op.Path)
	}
	return "perform_action"
}

// question returns the question that asks a person to confirm a held call.
func question(h heldCall) mcp.ElicitationParams {
	return mcp.ElicitationParams{
		Mode: mcp.ElicitationModeForm, Message: visible.Text(preview(h, maxPreview)) + " Send it?",
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
	}
}
