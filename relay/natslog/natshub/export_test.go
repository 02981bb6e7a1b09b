package natshub

// Bytes returns the bytes of all streams.
func (h *Hub) Bytes() uint64 {
	js, err := h.server.Jsz(nil)
	if err != nil {
		return 0
	}
	return js.Store
}
