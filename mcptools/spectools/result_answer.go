package spectools

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

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
	e := explained{code: codeAuthentication}
	if m.StatusCode == http.StatusUnauthorized {
		e.reason, e.advice = s.unauthorized(ctx, c.op, c.credentials)
	} else {
		e = s.explain(ctx, c.op, a)
	}
	message := fmt.Sprintf("the API answered %d %s", m.StatusCode, http.StatusText(m.StatusCode))
	return failure(e.code, strings.TrimSpace(message), errorDetails{
		Field: e.field, Reason: e.reason, StatusCode: m.StatusCode, Response: p.data, Metadata: &m,
	}, append(advice, e.advice...)...)
}

// success returns an answer that is no error. What is too long for a result is kept for read_more.
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
	if tag := a.resp.Header.Get("ETag"); tag != "" && s.needsETag(c.op) {
		m.ETag = sanitize.Line(tag, 200)
	}
	return newResult(successResult{newEnvelope("api_response"), p.data, m}, false)
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
