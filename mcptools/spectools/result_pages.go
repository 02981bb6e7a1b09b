package spectools

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/jsonschema"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// DefaultMaxResult is the default limit of [Options.MaxResult], in bytes.
const DefaultMaxResult = 32 << 10

// Limits of the cache of long answers.
const (
	maxCachedAnswers = 16
	cacheLifetime    = 10 * time.Minute
)

// toolReadMore returns another part of an answer that is longer than a result.
const toolReadMore = "read_more"

const readMoreSchema = `{"type":"object","additionalProperties":false,"required":["result"],"properties":{
"result":{"type":"string","description":"As the cut result says."},
"path":{"type":"string","maxLength":1000,"description":"JSONPath of the part, such as $.items[*].name or $.items[?(@.id == 7)]."},
"offset":{"type":"integer","minimum":0,"default":0,"description":"Elements, members or bytes to skip in it."}}}`

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

// keep stores an answer that is longer than a result, so that its caller may read on. If a policy
// removes or refuses parts of the answer, it is not kept: in a part they stand in other places.
func (s *Set) keep(ctx context.Context, principal string, a *answer, p *part) {
	name := s.o.Prefix + toolReadMore
	c := enforce.CallOf(ctx)
	if s.byTool[name] == nil && (c == nil || !c.TreatsResults()) { // an operation may have the name
		p.setMore(name, s.pages.add(principal, *a))
	}
}

// setMore sets the tool and the result with which to read on.
func (p *part) setMore(tool, result string) {
	for i := range p.cuts {
		p.cuts[i].Tool, p.cuts[i].Result = tool, result
	}
}

func (s *Set) readMore(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	args, bad := checkArguments(ctx, readMoreSchema, r)
	if bad != nil {
		return bad, nil
	}
	wrong := func(field, reason string, advice ...string) (*mcp.CallToolResult, error) {
		problem := jsonschema.Problem{Field: field, Reason: reason}
		return invalid([]jsonschema.Problem{problem}, schemaNames(readMoreSchema), advice...), nil
	}
	id, _ := args.Value("result").(string)
	whole, ok := s.pages.get(s.principal(withHeader(ctx)), id)
	if !ok {
		return wrong("result", "is unknown or has expired", "Call the operation again.")
	}
	offset := intArgument(args, "offset", 0)
	path, _ := args.Value("path").(string)
	p, err := whole.read(ctx, path, offset, s.maxResult())
	switch {
	case errors.Is(err, errOffset):
		return wrong("offset", sanitize.Line(err.Error(), 300))
	case err != nil:
		return wrong("path", sanitize.Line(err.Error(), 300))
	}
	p.setMore(s.o.Prefix+toolReadMore, id)
	return newResult(successResult{newEnvelope("api_response"), p.data, whole.metadata(p)}, false), nil
}

// read returns the part of an answer that a path and offset select; "" is the whole.
func (a *answer) read(ctx context.Context, path string, offset, limit int) (part, error) {
	if path != "" {
		return a.at(ctx, path, offset, limit)
	}
	if !a.isJSON() && (offset > len(a.data) || offset < len(a.data) && a.isText() && !utf8.RuneStart(a.data[offset])) {
		return part{}, errOffset
	}
	return a.from(offset, limit)
}

// readMoreTool returns the tool that reads on in long answers.
func (s *Set) readMoreTool() server.ServerTool {
	return server.ServerTool{
		Tool: s.fixedTool(toolReadMore, "Read on in a long answer",
			"Returns the rest of an answer that was cut, or the part that a JSONPath selects.", readMoreSchema, true),
		Handler: s.readMore,
	}
}
