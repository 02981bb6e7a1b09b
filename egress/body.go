package egress

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// body ends after a number of bytes and gives back what its call held.
type body struct {
	r         io.ReadCloser
	left      int64
	truncated bool
	once      sync.Once
	done      func()
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		// One byte more tells a body that just fits from one that is cut.
		if !b.truncated {
			var one [1]byte
			if n, _ := io.ReadFull(b.r, one[:]); n > 0 {
				b.truncated = true
			}
		}
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

func (b *body) Close() error {
	err := b.r.Close()
	b.once.Do(b.done)
	return err
}

// ReadBody reads the body of an answer from [Client.Do] and closes it. Truncated says that there was more than
// Config.MaxBody. What came before an error is returned with it.
func ReadBody(resp *http.Response) (data []byte, truncated bool, err error) {
	defer resp.Body.Close()
	data, err = io.ReadAll(resp.Body)
	if b, ok := resp.Body.(*body); ok {
		truncated = b.truncated
	}
	if err != nil {
		err = clean(err)
	}
	return data, truncated, err
}

// clean takes the URL out of an error: its query may have a credential.
func clean(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}
