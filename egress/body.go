package egress

import (
	"io"
	"net/http"
	"sync"
)

// body is the body of a response. It ends after a number of bytes, and its Close ends the call.
type body struct {
	body      io.ReadCloser
	remaining int64 // bytes
	truncated bool
	closed    sync.Once
	release   func()

	notFollowed string // why the redirect was not, or ""
}

func (b *body) Read(p []byte) (int, error) {
	if b.remaining <= 0 {
		// One more byte distinguishes a body that just fits from one that is cut.
		if !b.truncated {
			var one [1]byte
			n, err := io.ReadFull(b.body, one[:])
			if n == 0 {
				return 0, err
			}
			b.truncated = true
		}
		return 0, io.EOF
	}
	if int64(len(p)) > b.remaining {
		p = p[:b.remaining]
	}
	n, err := b.body.Read(p)
	b.remaining -= int64(n)
	return n, err
}

func (b *body) Close() error {
	err := b.body.Close()
	b.closed.Do(b.release)
	return err
}

// ReadBody reads and closes the body of a response from [Client.Do]. It reports as truncated a body
// of more than [Config.MaxBody] bytes. The bytes before an error are returned with it.
func ReadBody(resp *http.Response) (data []byte, truncated bool, err error) {
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if b, ok := resp.Body.(*body); ok {
		truncated = b.truncated
	}
	return data, truncated, err
}
