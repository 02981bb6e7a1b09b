package gateway

import (
	"crypto/sha256"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcp/rawjson"
)

// issued remembers the opaque values that a server gave its client: cursors, states of requests and
// ids of tasks. They look like secrets, and a client that returns one tells the server nothing. The
// newest are kept in two generations. It is safe for concurrent use.
type issued struct {
	mu         sync.Mutex
	now, older map[[sha256.Size]byte]bool
}

// maxIssued bounds the values of a generation.
const maxIssued = 10_000

// learn adds the values in a result or in the state of a task.
func (i *issued) learn(v jsontext.Value) {
	members, _ := rawjson.Split(v) // nil if it is not an object
	for _, m := range members {
		switch m.Name {
		case "nextCursor", "requestState", "taskId":
			i.add(rawjson.String(m.Value))
		case "task":
			i.learn(m.Value)
		case "tasks":
			tasks, _ := rawjson.Elements(m.Value)
			for _, t := range tasks {
				i.learn(t)
			}
		}
	}
}

func (i *issued) add(value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.now == nil || len(i.now) >= maxIssued {
		i.now, i.older = map[[sha256.Size]byte]bool{}, i.now
	}
	i.now[sha256.Sum256([]byte(value))] = true
}

// has reports whether the server gave the client a value.
func (i *issued) has(value string) bool {
	sum := sha256.Sum256([]byte(value))
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now[sum] || i.older[sum]
}
