package spectools

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/lines"
	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/mcptools/view"
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
	// Undeclared are members of the request's body that the document does not declare. The API may
	// have ignored them.
	Undeclared []string `json:"undeclared,omitempty"`
	// NoCredentials says that the request had none, although the document requires them: an API may
	// show less then.
	NoCredentials string `json:"no_credentials,omitempty"`
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
	Path       string          `json:"path,omitempty"` // of the field, if it is in another
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
	text := textOf(v, raw)
	if _, isAnswer := v.(successResult); !isAnswer && (len(text) > view.MaxText || len(raw) > view.MaxData) {
		size := len(text)
		text, _ = lines.Page(text, 0, view.MaxText-200)
		text = fmt.Sprintf("The result is cut: it has %d bytes.\n%s", size, text)
		raw, _ = encode(map[string]any{"type": "cut", "text": text}) // texts: cannot fail
	}
	return &mcp.CallToolResult{
		Content:              append([]mcp.Content{mcp.NewTextContent(text)}, attached...),
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

// redacted returns a result without some credentials. It reports false if that would break it.
func redacted(res *mcp.CallToolResult, credentials []egress.Credential) (*mcp.CallToolResult, bool) {
	if len(credentials) == 0 {
		return res, true
	}
	content, err := json.Marshal(res.Content)
	content, structured := credential.Redact(content, credentials), credential.Redact(res.RawStructuredContent, credentials)
	if err != nil || !json.Valid(content) || !json.Valid(structured) {
		return nil, false
	}
	out := readResult(fmt.Appendf(nil, `{"content":%s,"structuredContent":%s,"isError":%t}`, content, structured, res.IsError))
	return out, out != nil
}

func failure(code, message string, d errorDetails, suggestions ...string) *mcp.CallToolResult {
	if suggestions == nil {
		suggestions = []string{}
	}
	return newResult(errorResult{newEnvelope("error"), errorBody{code, message, d, suggestions}}, true)
}

// readResult reads a result that was written as JSON, or returns nil.
func readResult(raw json.RawMessage) *mcp.CallToolResult {
	res := new(mcp.CallToolResult)
	if json.Unmarshal(raw, res) != nil {
		return nil
	}
	return res
}

// confirmationRequest returns the answer to a held call. request describes what would be sent.
func confirmationRequest(request, action string, canConfirm bool) *mcp.CallToolResult {
	m := request + " Nothing was sent."
	if canConfirm {
		m += " Ask the user; if they agree, repeat the call with the very same arguments and " +
			confirmedArgument + ": true."
	} else {
		m += " No call with these very arguments is held (a hold ends after some minutes, and with the server): " +
			"repeat the call without " + confirmedArgument + " first."
	}
	return newResult(confirmationResult{newEnvelope("confirmation_request"), true, m, action}, false)
}

// action names what the request may do: that of its last method. A POST is named by its path and
// operationId, which are the document's words: they never make it a read.
func (c *preparedCall) action() string {
	switch method := c.methods[len(c.methods)-1]; method {
	case "DELETE":
		return "delete_resource"
	case "PUT", "PATCH":
		return "update_resource"
	case "GET", "HEAD", "OPTIONS":
		return "read_resource"
	case "POST":
		return opsearch.PostEffect(c.op.id, c.op.Path)
	}
	return "perform_action"
}

// The text of a result has the same facts as its structured content, for clients that pass only the
// text to the model. Lines of this program come first. The API's answer follows under its name and
// is indented, so that none of its lines can be taken for one of the program.

// worded is a result whose text begins with lines of its own.
type worded interface {
	// head returns these lines, the value whose lines follow (or nil), and the names of its members
	// that the head has already.
	head() (text []string, rest any, said []string)
}

// envelopeMembers are the members that are the same in all results of a kind.
var envelopeMembers = []string{"OutputFormat", "OutputType", "type"}

// textOf returns the text of a result, whose structured content is raw.
func textOf(v any, raw []byte) string {
	w, ok := v.(worded)
	if !ok {
		return lines.Text(raw, envelopeMembers...)
	}
	head, rest, said := w.head()
	for i, line := range head {
		head[i] = visible.Line(line)
	}
	if data, err := encode(rest); rest != nil && err == nil {
		if text := lines.Text(data, said...); text != "" {
			head = append(head, text)
		}
	}
	return strings.Join(head, "\n")
}

// head says status, type and size of an answer, and how to get more of it.
func (r successResult) head() (text []string, rest any, said []string) {
	m := r.Metadata
	status := strings.TrimSpace(fmt.Sprintf("%d %s", m.StatusCode, http.StatusText(m.StatusCode)))
	if m.ContentType != "" {
		status += ", " + m.ContentType
	}
	text = []string{fmt.Sprintf("%s, %d bytes", status, m.Size)}
	said = []string{"status_code", "content_type", "size", "truncated", "next_page", "more", "left_out", "other_cuts"}
	if m.Lost {
		text, said = append(text, "The rest of the answer is lost: it is longer than the server reads, or the connection ended early."), append(said, "lost")
	}
	if m.NextPage != nil {
		text = append(text, m.NextPage.String())
	}
	if m.More != nil {
		text = append(text, m.incomplete())
	}
	if m.Encoding == encodingAttached {
		said = append(said, "data")
	}
	return text, struct {
		metadata
		Data json.RawMessage `json:"data"`
	}{m, r.Data}, said
}

// incomplete describes the missing parts and how to get them.
func (m *metadata) incomplete() string {
	text := "Incomplete: " + m.More.String()
	for _, cut := range m.LeftOut {
		text += "; " + cut.String()
	}
	if m.OtherCuts > 0 {
		text += fmt.Sprintf("; and %d other values are cut", m.OtherCuts)
	}
	if m.More.Tool == "" {
		return text + "."
	}
	arguments, _ := encode(struct { // strings and a number: cannot fail
		Result string `json:"result"`
		Path   string `json:"path,omitempty"`
		Offset int    `json:"offset"`
	}{m.More.Result, m.More.Path, m.More.Offset})
	text += ". To continue: " + m.More.Tool + " " + string(arguments)
	if m.More.Path != "" {
		text += "; any other part: with a JSONPath as path"
	}
	return text + "."
}

// head describes the error and what to do. Details that the message has are left out.
func (r errorResult) head() (text []string, rest any, said []string) {
	text = append([]string{r.Error.Code + ": " + r.Error.Message}, r.Error.Suggestions...)
	d := r.Error.Details
	for name, value := range map[string]string{"field": d.Field, "path": d.Path, "reason": d.Reason} {
		if strings.Contains(r.Error.Message, value) {
			said = append(said, name)
		}
	}
	isSaid := func(problem string) bool { return strings.Contains(r.Error.Message, problem) }
	if !slices.ContainsFunc(d.Problems, func(p string) bool { return !isSaid(p) }) {
		said = append(said, "problems")
	}
	if d.StatusCode != 0 && strings.Contains(r.Error.Message, fmt.Sprint(d.StatusCode)) {
		said = append(said, "status_code")
	}
	return text, d, said
}

// head describes the held call.
func (r confirmationResult) head() (text []string, rest any, said []string) {
	return []string{r.Type + " (" + r.Action + "): " + r.Message}, nil, nil
}

// answer is an answer of the API.
type answer struct {
	resp      *http.Response
	data      []byte
	truncated bool // the API sent more, or the connection broke off
}

// metadata describes the answer, of which a result shows p.
func (a *answer) metadata(p part) metadata {
	m := metadata{
		StatusCode: a.resp.StatusCode, ContentType: sanitize.Line(a.resp.Header.Get("Content-Type"), 200),
		Truncated: a.truncated || len(p.cuts) > 0, Size: p.size, Encoding: p.encoding,
		RetryAfter: sanitize.Line(a.resp.Header.Get("Retry-After"), 100),
		Links:      linkTargets(a.resp.Header.Values("Link")), Lost: a.truncated, NotFollowed: egress.NotFollowed(a.resp),
	}
	if len(p.cuts) > 0 {
		m.More, m.LeftOut = &p.cuts[0], p.cuts[1:min(len(p.cuts), maxCuts)]
		m.OtherCuts = len(p.cuts) - 1 - len(m.LeftOut)
	}
	if m.StatusCode == http.StatusCreated || m.StatusCode/100 == 3 {
		m.Location = sanitize.Line(a.resp.Header.Get("Location"), 2000)
	}
	return m
}

// maxNesting limits the objects and arrays around a value in a result. Clients give up at 1,000
// levels (Python) or 10,000 (Go).
const maxNesting = 500

// isPortable reports whether data is JSON that JSON libraries agree to read. Some fail, and with
// them the call, on numbers beyond a float64, on half of a surrogate pair and on deep nesting.
func isPortable(data []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	values := 0 // complete ones, outside of all others
	for {
		token, err := dec.ReadToken()
		if err == io.EOF {
			return values == 1
		}
		if dec.StackDepth() == 0 {
			values++
		}
		switch {
		case err != nil || dec.StackDepth() > maxNesting:
			return false
		case token.Kind() == '0':
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return false
			}
		}
	}
}

// maxErrorBody limits what a result repeats of an error answer, in bytes.
const maxErrorBody = 4 << 10

// sentCall is a call that the API answered.
type sentCall struct {
	op        *operation
	args      *orderedjson.Object
	principal string
	// credentials are those that the request had.
	credentials []schemeCredential
}

// report returns an answer as a result. advice precedes the advice for the status of an error.
func (s *Set) report(ctx context.Context, c sentCall, a *answer, advice ...string) *mcp.CallToolResult {
	if a.resp.StatusCode < 400 {
		return s.success(ctx, c, a)
	}
	p := a.all()
	if p.size > maxErrorBody {
		p = a.first(maxErrorBody)
	}
	m := a.metadata(p)
	m.More, m.LeftOut = nil, nil // errors are not kept
	e := s.explain(ctx, c, a)
	message := fmt.Sprintf("the API answered %d %s", m.StatusCode, http.StatusText(m.StatusCode))
	return failure(e.code, strings.TrimSpace(message), errorDetails{
		Reason: e.reason, StatusCode: m.StatusCode, Response: p.data, Metadata: &m,
	}, append(advice, e.advice...)...)
}

// success returns an answer that is not an error. An answer that is too long for a result is kept
// for read_more.
func (s *Set) success(ctx context.Context, c sentCall, a *answer) *mcp.CallToolResult {
	p := a.all()
	if p.encoding != "" && p.size <= max(maxAttached, s.maxResult()) && !a.truncated {
		// The bytes are sent once: as a content that clients can show.
		p.data, p.encoding = json.RawMessage("null"), encodingAttached
		r := successResult{newEnvelope("api_response"), p.data, a.metadata(p)}
		return newResult(r, false, mediaContent(c.op, a))
	}
	if p.size > s.maxResult() {
		p = a.first(s.maxResult())
	}
	if len(p.cuts) > 0 {
		s.keep(ctx, c.principal, a, &p)
	}
	m := a.metadata(p)
	m.NextPage = s.nextPage(ctx, c.op, c.args, a)
	m.Undeclared = c.op.undeclared(c.args)
	if len(c.credentials) == 0 && c.op.requiresCredentials() {
		m.NoCredentials = strings.Join(append([]string{"The document requires credentials, and none were sent."}, s.missing(ctx, c.op)...), " ")
	}
	if tag := a.resp.Header.Get("ETag"); tag != "" && slices.ContainsFunc(s.ops, func(op *operation) bool {
		return op.Path == c.op.Path && op.ifMatch() != nil // it takes the tag
	}) {
		m.ETag = sanitize.Line(tag, 200)
	}
	return newResult(successResult{newEnvelope("api_response"), p.data, m}, false)
}

// maxRows limits the rows or the schema in a result of a tool of ours, beside what else it has, in
// bytes of JSON.
const maxRows = view.MaxText - 4000

// pageOf returns the first of some rows that one result can have.
func pageOf[T any](rows []T) []T {
	left := maxRows
	for i := range rows {
		raw, _ := encode(rows[i]) // one that fails is refused with the result
		if left -= len(raw) + 1; left < 0 && i > 0 {
			return rows[:i]
		}
	}
	return rows
}

// maxAttached limits an answer that is attached to a result, in bytes.
const maxAttached = 1 << 20

// encodingAttached says that the bytes are in the next content of the result.
const encodingAttached = "attached"

// mediaContent returns an answer that is not text as MCP content: an image, audio, or an embedded
// resource.
func mediaContent(op *operation, a *answer) mcp.Content {
	typ := serialize.BaseType(sanitize.Line(a.resp.Header.Get("Content-Type"), 200))
	data := base64.StdEncoding.EncodeToString(a.data)
	switch main, _, _ := strings.Cut(typ, "/"); main {
	case "image":
		return mcp.NewImageContent(data, typ)
	case "audio":
		return mcp.NewAudioContent(data, typ)
	}
	return mcp.NewEmbeddedResource(mcp.BlobResourceContents{
		URI: "spectap://answers/" + op.toolName, MIMEType: typ, Blob: data,
	})
}
