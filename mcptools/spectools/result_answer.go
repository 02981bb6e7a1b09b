package spectools

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

// answer is an answer of the API, or one page of it.
type answer struct {
	resp      *http.Response
	data      []byte
	truncated bool
	isPage    bool  // data is a fragment of the body, so not JSON by itself
	more      *more // where the next page begins
}

func (a *answer) metadata() metadata {
	m := metadata{
		StatusCode: a.resp.StatusCode, ContentType: sanitize.Line(a.resp.Header.Get("Content-Type"), 200),
		Truncated: a.truncated, Size: len(a.data), RetryAfter: sanitize.Line(a.resp.Header.Get("Retry-After"), 100),
		Links: pageLinks(a.resp.Header.Values("Link")), More: a.more,
	}
	if m.StatusCode == http.StatusCreated || m.StatusCode/100 == 3 {
		m.Location = sanitize.Line(a.resp.Header.Get("Location"), 2000)
	}
	return m
}

// content returns the body as JSON: unchanged if it is JSON that every client can read, else as a
// string of text or base64. It sets m.Encoding.
func (a *answer) content(m *metadata) json.RawMessage {
	if len(a.data) == 0 {
		return json.RawMessage("null")
	}
	if !a.isPage && (serialize.KindOf(m.ContentType) == serialize.JSON || m.ContentType == "") {
		if isPortable(a.data) {
			return a.data
		}
	}
	if utf8.Valid(a.data) && !bytes.ContainsRune(a.data, 0) {
		return orderedjson.Encode(string(a.data))
	}
	m.Encoding = "base64"
	return json.RawMessage(`"` + base64.StdEncoding.EncodeToString(a.data) + `"`)
}

// maxNesting limits the objects and arrays around a value in a result. Clients give up at 1,000
// levels (Python) or 10,000 (Go).
const maxNesting = 500

// isPortable reports whether data is JSON that JSON libraries agree to read. Some fail, and with
// them the call, on numbers beyond a float64, on half of a surrogate pair and on deep nesting.
func isPortable(data []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	values := 0 // that are whole, outside of all others
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

// pageLinks returns the targets of the relations next, prev, first and last in Link headers (RFC
// 8288).
func pageLinks(lines []string) map[string]string {
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

// maxErrorBody limits what a result repeats of an error answer, in bytes.
const maxErrorBody = 4 << 10

// report returns an answer as a result. advice precedes the advice for the status of an error.
func report(op *operation, a *answer, advice ...string) *mcp.CallToolResult {
	m := a.metadata()
	if m.StatusCode < 400 {
		data := a.content(&m)
		out := newResult(successResult{newEnvelope("api_response"), data, m}, false)
		out.Content = append(out.Content, mediaContent(op, a, &m)...)
		return out
	}
	if len(a.data) > maxErrorBody {
		a.data, m.Truncated = trimUTF8(a.data[:maxErrorBody]), true
	}
	code, reason, forStatus := explainStatus(op, m.StatusCode, m.RetryAfter)
	message := fmt.Sprintf("the API answered %d %s", m.StatusCode, http.StatusText(m.StatusCode))
	return failure(code, strings.TrimSpace(message), errorDetails{
		Reason: reason, StatusCode: m.StatusCode, Response: a.content(&m), Metadata: &m,
	}, append(advice, forStatus...)...)
}

// trimUTF8 removes an incomplete character at the end.
func trimUTF8(b []byte) []byte {
	for i := 0; i < 3 && len(b) > 0 && !utf8.Valid(b); i++ {
		b = b[:len(b)-1]
	}
	return b
}

// mediaContent returns an answer that is not text as MCP content: an image, audio, or an embedded
// resource.
func mediaContent(op *operation, a *answer, m *metadata) []mcp.Content {
	if m.Encoding != "base64" || a.truncated {
		return nil
	}
	typ := serialize.BaseType(m.ContentType)
	data := base64.StdEncoding.EncodeToString(a.data)
	switch main, _, _ := strings.Cut(typ, "/"); main {
	case "image":
		return []mcp.Content{mcp.NewImageContent(data, typ)}
	case "audio":
		return []mcp.Content{mcp.NewAudioContent(data, typ)}
	}
	return []mcp.Content{mcp.NewEmbeddedResource(mcp.BlobResourceContents{
		URI: "spectap://answers/" + op.toolName, MIMEType: typ, Blob: data,
	})}
}

// explainStatus says what an error status means for the caller and what to do.
func explainStatus(op *operation, status int, retryAfter string) (code, reason string, advice []string) {
	switch {
	case status == 401:
		advice = []string{
			"The API requires credentials. They belong to this server's configuration, not to the arguments.",
		}
		if vars := op.credentialVariables(); len(vars) > 0 {
			advice = append(advice, "Ask the user to start the server with one of these variables set: "+
				strings.Join(vars[:min(len(vars), 6)], ", ")+".")
		}
		return codeAuthentication, "the credentials are missing or not accepted", advice
	case status == 403:
		return codeAuthorization, "the credentials do not allow this", []string{
			"Ask the user whether this account may do that; another call with the same credentials will be refused too.",
		}
	case status == 404 || status == 410:
		return codeNotFound, "it does not exist", []string{
			"Check the identifiers in the arguments; list or search first if there is a tool for it.",
		}
	case status == 429:
		wait := "Wait before calling again."
		if retryAfter != "" {
			wait = "Wait before calling again; the API says when: " + retryAfter + "."
		}
		return codeServer, "too many calls", []string{wait}
	case status >= 500:
		return codeServer, "the API failed", []string{
			"Try again later. If the call changes something, first check whether it took effect.",
		}
	case status == 409 || status == 412:
		return codeValidation, "it conflicts with the current state", []string{
			"Read the current state and repeat the call with it.",
		}
	}
	return codeValidation, "the API did not accept the request", []string{
		"Read details.response for what the API says, correct the arguments and call again.",
	}
}
