package pcap

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// pair names a connection by its ends, the lower first.
type pair [2]netip.AddrPort

// assembler puts the segments of connections in order. A capture may begin within a connection, so
// the first segment of a side is where that side begins.
type assembler struct {
	r       *Reader
	streams map[pair]*stream
	numbers int // of streams, for errors
	pages   int // of all segments that wait
}

// sequence is the order of what one side sends (RFC 9293, section 3.4).
type sequence struct {
	begun, closed bool
	first, next   uint32
	waiting       []waiting // by number
	pages         int       // of these
}

// waiting is a segment that came before the one before it.
type waiting struct {
	tcpSegment
	at time.Time
}

// pageSize is the unit in which the size of waiting segments is limited, in bytes.
const pageSize = 2 << 10

// add passes the data that is now in order to the stream of a segment.
func (a *assembler) add(x tcpSegment, at time.Time) {
	key := pair{x.from, x.to}
	if x.from.Compare(x.to) > 0 {
		key = pair{x.to, x.from}
	}
	s, side := a.streams[key], 0
	if s != nil && s.from != x.from {
		side = 1
	}
	if s != nil && x.syn && s.order[side].begun && x.seq != s.order[side].first {
		a.close(key) // the capture lacks its end: the ports are used again
		s, side = nil, 0
	}
	if s == nil {
		if !x.syn && len(x.payload) == 0 { // the last words of one that is closed
			return
		}
		a.numbers++
		s = &stream{r: a.r, number: a.numbers, client: unknown, from: x.from, addrs: [2]string{x.from.String(), x.to.String()}}
		a.streams[key] = s
	}
	s.seen = at
	a.order(s, side, waiting{x, at})
	if x.rst || s.order[0].closed && s.order[1].closed {
		a.close(key)
	}
}

// order takes a segment of one side, with those that waited for it.
func (a *assembler) order(s *stream, side int, x waiting) {
	q := &s.order[side]
	if s.ended {
		q.closed = q.closed || x.fin
		return
	}
	if !q.begun {
		q.begun, q.first, q.next = true, x.seq, x.seq
		if x.syn { // which has a number of its own
			q.next++
		}
	}
	if x.syn {
		x.seq++
	}
	if int32(x.seq-q.next) > 0 {
		if a.wait(q, x); q.pages > maxPagesOfOne || a.pages > maxPages {
			a.giveUp(s)
		}
		return
	}
	for s.take(side, x); len(q.waiting) > 0 && int32(q.waiting[0].seq-q.next) <= 0; s.take(side, x) {
		x = q.waiting[0]
		q.waiting = q.waiting[1:]
		q.pages -= x.pages()
		a.pages -= x.pages()
	}
	if s.ended {
		a.giveUp(s)
	}
}

// wait keeps a segment until the one before it comes.
func (a *assembler) wait(q *sequence, x waiting) {
	if len(x.payload) == 0 && !x.fin {
		return
	}
	i, _ := slices.BinarySearchFunc(q.waiting, x, func(a, b waiting) int { return int(int32(a.seq - b.seq)) })
	q.waiting = slices.Insert(q.waiting, i, x)
	q.pages += x.pages()
	a.pages += x.pages()
}

func (x *waiting) pages() int { return 1 + len(x.payload)/pageSize }

// giveUp ends a stream that lacks a segment, or is not read any more.
func (a *assembler) giveUp(s *stream) {
	s.end()
	for i := range s.order {
		a.pages -= s.order[i].pages
		s.order[i].waiting, s.order[i].pages = nil, 0
	}
}

// close ends and forgets a stream.
func (a *assembler) close(key pair) {
	a.giveUp(a.streams[key])
	delete(a.streams, key)
}

// flush gives up segments that are missing since gap, and closes streams that are idle since idle.
func (a *assembler) flush(gap, idle time.Time) {
	keys := slices.SortedFunc(maps.Keys(a.streams), func(x, y pair) int {
		return cmp.Compare(a.streams[x].number, a.streams[y].number)
	})
	for _, key := range keys {
		s := a.streams[key]
		if s.seen.Before(idle) {
			a.close(key)
			continue
		}
		for i := range s.order {
			if w := s.order[i].waiting; len(w) > 0 && w[0].at.Before(gap) {
				a.giveUp(s)
			}
		}
	}
}
