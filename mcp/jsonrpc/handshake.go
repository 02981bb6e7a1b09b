package jsonrpc

import "sync"

// OneHandshake returns a connection to a client that initializes its session once. A client says in
// initialize whether it can ask its user, and a later one would withdraw that.
//
// For a second initialize, Receive returns a [*Malformed] with the packet. One that was answered
// with an error may be repeated. Stateless requests, which share a connection, have no handshake.
func OneHandshake(c Conn) Conn {
	if _, shared := ByHTTP(c); shared {
		return c
	}
	return &handshake{Conn: c}
}

type handshake struct {
	Conn

	mu   sync.Mutex
	id   string // the key of the initialize without an answer, or ""
	done bool
}

// ByHTTP implements the interface for [ByHTTP].
func (h *handshake) ByHTTP() (overHTTP, shared bool) { return ByHTTP(h.Conn) }

func (h *handshake) Receive() (Packet, error) {
	p, err := h.Conn.Receive()
	if err != nil || p.Message == nil || p.IsResponse() {
		return p, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	begun := h.done || h.id != ""
	if h.id != "" && Key(p.ID) == h.id {
		h.done = true // an error may be the answer to either of the two
	}
	switch {
	case p.Method != "initialize":
	case begun || !p.IsRequest():
		return p, NewMalformed(CodeInvalidRequest, p.ID, "the session is initialized already: begin a new one")
	default:
		h.id = Key(p.ID)
	}
	return p, nil
}

func (h *handshake) Send(m *Message, via Exchange) error {
	h.mu.Lock()
	if h.id != "" && m.IsResponse() && Key(m.ID) == h.id {
		h.done = h.done || m.Err == nil
		h.id = ""
	}
	h.mu.Unlock()
	return h.Conn.Send(m, via)
}
