package spectools

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// DefaultMaxResult is how many bytes of an answer one result holds.
const DefaultMaxResult = 1 << 20

// Bounds of what is kept of answers that are longer than a result.
const (
	maxPaged = 16
	pagedFor = 10 * time.Minute
)

// toolMore reads on in an answer that was longer than a result.
const toolMore = "read_more"

const moreSchema = `{"type":"object","additionalProperties":false,"required":["result","offset"],"properties":{
"result":{"type":"string","description":"As metadata.more.result says."},
"offset":{"type":"integer","minimum":0,"description":"As metadata.more.offset says."}}}`

// more says how to read on.
type more struct {
	Result string `json:"result"`
	Offset int    `json:"offset"`
	Total  int    `json:"total"`
}

// paged is an answer that is kept for the one who called.
type paged struct {
	id, principal string
	answer        answer
	until         time.Time
}

// pages keeps the newest long answers. It is safe for concurrent use.
type pages struct {
	mu  sync.Mutex // guards all
	all []paged
}

func (p *pages) keep(principal string, a answer) string {
	id := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == maxPaged {
		p.all = append(p.all[:0], p.all[1:]...)
	}
	p.all = append(p.all, paged{id, principal, a, time.Now().Add(pagedFor)})
	return id
}

func (p *pages) get(principal, id string) (answer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.all {
		if x.id == id && x.principal == principal && time.Now().Before(x.until) {
			return x.answer, true
		}
	}
	return answer{}, false
}

func (s *Set) maxResult() int {
	if s.o.MaxResult > 0 {
		return max(s.o.MaxResult, utf8.UTFMax) // a part holds a character at least
	}
	return DefaultMaxResult
}

// page cuts one result's worth out of an answer, from offset: whole characters of text, or bytes.
func (s *Set) page(id string, whole answer, offset int) answer {
	out := whole
	end := min(offset+s.maxResult(), len(whole.data))
	if utf8.Valid(whole.data) {
		for end < len(whole.data) && end > offset && !utf8.RuneStart(whole.data[end]) {
			end--
		}
	}
	out.data = whole.data[offset:end]
	out.part = true
	if end < len(whole.data) {
		out.truncated = true
		out.more = &more{Result: id, Offset: end, Total: len(whole.data)}
	}
	return out
}

func (s *Set) readMore(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	args, bad := checked(ctx, moreSchema, r)
	if bad != nil {
		return bad, nil
	}
	id, _ := args.Value("result").(string)
	whole, ok := s.pages.get(s.principal(credential.WithHeader(ctx, r.Header)), id)
	if !ok {
		return invalid([]jsonschema.Problem{{Field: "result", Reason: "is not kept, or not any more"}}, "Call the operation again."), nil
	}
	offset := number64(args, "offset", 0)
	if offset > len(whole.data) || utf8.Valid(whole.data) && offset < len(whole.data) && !utf8.RuneStart(whole.data[offset]) {
		return invalid([]jsonschema.Problem{{Field: "offset", Reason: "is not one that metadata.more.offset gave"}}), nil
	}
	a := s.page(id, whole, offset)
	m := a.metadata()
	data := a.content(&m)
	return result(successResult{newEnvelope("api_response"), data, m}, false), nil
}

// moreTool is offered beside the tools of the document.
func (s *Set) moreTool() server.ServerTool {
	return server.ServerTool{
		Tool:    s.fixed(toolMore, "Read on in a long answer", "Gives the next part of an answer whose metadata has more. Parts are text, or base64, and follow each other without a gap.", moreSchema, true),
		Handler: s.readMore,
	}
}
