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
)

// DefaultMaxResult is the default limit of [Options.MaxResult], in bytes.
const DefaultMaxResult = 1 << 20

// Limits of the cache of long answers.
const (
	maxCachedAnswers = 16
	cacheLifetime    = 10 * time.Minute
)

// toolReadMore returns the next page of an answer that is longer than a result.
const toolReadMore = "read_more"

const readMoreSchema = `{"type":"object","additionalProperties":false,"required":["result","offset"],"properties":{
"result":{"type":"string","description":"As metadata.more.result says."},
"offset":{"type":"integer","minimum":0,"description":"As metadata.more.offset says."}}}`

// more says how to read on.
type more struct {
	Result string `json:"result"`
	Offset int    `json:"offset"`
	Total  int    `json:"total"`
}

// cachedAnswer is a long answer, which only its caller may read on.
type cachedAnswer struct {
	id, principal string
	answer        answer
	expires       time.Time
}

// answerCache holds the newest long answers. It is safe for concurrent use.
type answerCache struct {
	mu  sync.Mutex // guards all
	all []cachedAnswer
}

// add stores an answer and returns its identifier.
func (c *answerCache) add(principal string, a answer) string {
	id := rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == maxCachedAnswers {
		c.all = append(c.all[:0], c.all[1:]...)
	}
	c.all = append(c.all, cachedAnswer{id, principal, a, time.Now().Add(cacheLifetime)})
	return id
}

func (c *answerCache) get(principal, id string) (answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.all {
		if x.id == id && x.principal == principal && time.Now().Before(x.expires) {
			return x.answer, true
		}
	}
	return answer{}, false
}

func (s *Set) maxResult() int {
	if s.o.MaxResult > 0 {
		return max(s.o.MaxResult, utf8.UTFMax) // a page holds at least one character
	}
	return DefaultMaxResult
}

// page returns one result's worth of an answer from an offset. It does not split characters of
// text.
func (s *Set) page(id string, whole answer, offset int) answer {
	out := whole
	end := min(offset+s.maxResult(), len(whole.data))
	if utf8.Valid(whole.data) {
		for end < len(whole.data) && end > offset && !utf8.RuneStart(whole.data[end]) {
			end--
		}
	}
	out.data = whole.data[offset:end]
	out.isPage = true
	if end < len(whole.data) {
		out.truncated = true
		out.more = &more{Result: id, Offset: end, Total: len(whole.data)}
	}
	return out
}

func (s *Set) readMore(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	args, bad := checkArguments(ctx, readMoreSchema, r)
	if bad != nil {
		return bad, nil
	}
	id, _ := args.Value("result").(string)
	whole, ok := s.pages.get(s.principal(withHeader(ctx, r)), id)
	if !ok {
		problem := jsonschema.Problem{Field: "result", Reason: "is unknown or has expired"}
		return invalid([]jsonschema.Problem{problem}, nil, "Call the operation again."), nil
	}
	offset := intArgument(args, "offset", 0)
	size := len(whole.data)
	if offset > size || offset < size && utf8.Valid(whole.data) && !utf8.RuneStart(whole.data[offset]) {
		problem := jsonschema.Problem{Field: "offset", Reason: "is not one that metadata.more.offset gave"}
		return invalid([]jsonschema.Problem{problem}, nil), nil
	}
	a := s.page(id, whole, offset)
	m := a.metadata()
	data := a.content(&m)
	return newResult(successResult{newEnvelope("api_response"), data, m}, false), nil
}

// readMoreTool returns the tool that reads on in long answers.
func (s *Set) readMoreTool() server.ServerTool {
	return server.ServerTool{
		Tool: s.fixedTool(toolReadMore, "Read on in a long answer",
			"Returns the next part of an answer whose metadata has more. "+
				"Parts are text or base64, and join without a gap.",
			readMoreSchema, true),
		Handler: s.readMore,
	}
}
