package mcptools

import (
	"context"
	"strconv"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/store"
)

// deletion is what a held call would delete. Flows that are recorded later are not part of it, so
// that a consent is valid for what the question said while traffic is being recorded.
type deletion struct {
	flows int64
	until flow.Seq
}

func (d deletion) digest() guard.Digest {
	return guard.DigestOf([]any{strconv.FormatInt(d.flows, 10), strconv.FormatUint(uint64(d.until), 10)})
}

// deletions has the held deletions by caller. The zero value is ready to use. It is safe for
// concurrent use.
type deletions struct {
	mu   sync.Mutex // guards held
	held map[string]deletion
}

// maxDeletions bounds the callers with a held deletion. Beyond it all must ask again.
const maxDeletions = 1000

// deletion returns what the running call deletes: all flows, or what its caller was asked about if
// the call has the answer.
func (s *service) deletion(ctx context.Context, now store.Stat) deletion {
	key := s.principal(ctx)
	answered := false
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		_, confirmed := c.digest()
		answered = confirmed || c.params.RequestState != ""
		key += "/" + c.tool
	}
	s.deletions.mu.Lock()
	defer s.deletions.mu.Unlock()
	if d, ok := s.deletions.held[key]; ok && answered {
		return d
	}
	if s.deletions.held == nil || len(s.deletions.held) >= maxDeletions {
		s.deletions.held = map[string]deletion{}
	}
	d := deletion{now.Flows, now.Last}
	s.deletions.held[key] = d
	return d
}
