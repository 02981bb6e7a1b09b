package page

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/page/wire"
)

// maxFeeds bounds the feeds of one stream.
const maxFeeds = 16

// keepAlive is the time after which an idle stream gets a comment, so that a connection that is
// gone is noticed.
const keepAlive = 15 * time.Second

// stream is one connection of server-sent events with several feeds. Browsers limit the connections
// to one server, so a page has only one stream.
type stream struct {
	mu   sync.Mutex // guards all below
	w    http.ResponseWriter
	out  *http.ResponseController
	at   url.Values // where each feed continues
	stop context.CancelFunc
}

// serveEvents sends the events of the feeds that the query names, each with its argument in JSON.
// The id of an event holds the positions of all feeds. A browser that lost the connection sends the
// last id again, and a page that opens another stream does so in the parameter last.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	last := query.Get("last")
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		last = id
	}
	query.Del("last")
	at, err := url.ParseQuery(last)
	if err != nil || len(query) == 0 || len(query) > maxFeeds {
		s.refuse(w, r, http.StatusBadRequest, "the query of the stream is not valid")
		return
	}
	for name := range query {
		if s.feeds[name] == nil {
			http.NotFound(w, r)
			return
		}
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	st := &stream{w: w, out: http.NewResponseController(w), at: maps.Clone(at), stop: stop}
	w.Header().Set("Content-Type", "text/event-stream")
	st.out.SetReadDeadline(time.Time{})
	st.comment()
	var feeds sync.WaitGroup
	for name := range query {
		from := at.Get(name)
		feeds.Go(func() {
			err := s.feeds[name].Run(ctx, []byte(query.Get(name)), from, func(at string, v any) error { return st.event(name, at, v) })
			if err != nil && ctx.Err() == nil {
				shown, _ := s.shown(name, err)
				st.event("error:"+name, "", shown)
			}
		})
	}
	feeds.Go(func() { st.keepAlive(ctx) })
	feeds.Wait()
}

// event writes an event. An error ends the stream.
func (st *stream) event(name, at string, v any) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	var b bytes.Buffer
	if at != "" {
		st.at.Set(name, at)
		b.WriteString("id: " + st.at.Encode() + "\n")
	}
	b.WriteString("event: " + name + "\ndata: ")
	if err := wire.Encode(&b, v); err != nil {
		return err
	}
	b.WriteString("\n\n")
	return st.write(b.Bytes())
}

func (st *stream) comment() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.write([]byte(":\n\n"))
}

// write writes to the connection. The caller holds mu.
func (st *stream) write(data []byte) error {
	_, err := st.w.Write(data)
	if err == nil {
		err = st.out.Flush()
	}
	if err != nil {
		st.stop()
	}
	return err
}

func (st *stream) keepAlive(ctx context.Context) {
	for pause.For(ctx, keepAlive) == nil && st.comment() == nil {
	}
}
