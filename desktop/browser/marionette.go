package browser

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/pause"
)

const (
	// marionetteTime limits the time in which Firefox starts and adds the CA.
	marionetteTime = 90 * time.Second
	// portWait is the polling interval for the file to which Firefox writes the port of Marionette.
	portWait = 50 * time.Millisecond
	// maxMarionetteMessage bounds a message in bytes.
	maxMarionetteMessage = 1 << 20
)

// addCA adds a CA for servers to the database of the profile.
const addCA = `Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).addCertFromBase64(arguments[0], "C,,")`

// addByFirefox starts Firefox without a window, lets it add the CA to the database of its profile,
// and ends it. The person gets a separate Firefox, because sites can detect that Marionette, the
// automation interface, is on.
func addByFirefox(ctx context.Context, cfg Config, dir string) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, marionetteTime, errors.New("it did not answer in time"))
	defer cancel()
	var messages tail
	args := []string{"--no-remote", "--profile", dir, "--headless", "--marionette", "--remote-allow-system-access", "about:blank"}
	c, ended, err := start(cfg.Path, args, &messages)
	if err != nil {
		return err
	}
	added := make(chan error, 1)
	go func() { added <- addOver(ctx, cfg.CA.Raw, dir) }()
	select {
	case err = <-added:
		end(c, ended)
	case <-ended:
		cancel()
		<-added
		killGroup(c)
		return fmt.Errorf("%w: %s\n%s", ErrEnded, cfg.Path, messages.String())
	}
	if err != nil {
		return fmt.Errorf("add the CA to the profile of Firefox: %w", err)
	}
	return nil
}

// addOver adds a CA over Marionette.
func addOver(ctx context.Context, der []byte, dir string) error {
	conn, err := dialMarionette(ctx, filepath.Join(dir, "MarionetteActivePort"))
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	m := marionette{w: conn, r: bufio.NewReader(conn)}
	if _, err := m.read(); err != nil { // it greets
		return errors.Join(err, context.Cause(ctx))
	}
	for _, c := range []struct {
		name   string
		params any
	}{
		{"WebDriver:NewSession", struct{}{}},
		{"Marionette:SetContext", map[string]string{"value": "chrome"}},
		{"WebDriver:ExecuteScript", map[string]any{"script": addCA, "args": []string{base64.StdEncoding.EncodeToString(der)}}},
	} {
		if err := m.call(c.name, c.params); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", c.name, err), context.Cause(ctx))
		}
	}
	return nil
}

// dialMarionette waits for the file with the port and connects to it.
func dialMarionette(ctx context.Context, file string) (net.Conn, error) {
	for {
		data, _ := os.ReadFile(file)
		if port, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 16); err == nil {
			return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.FormatUint(port, 10)))
		}
		if pause.For(ctx, portWait) != nil {
			return nil, context.Cause(ctx)
		}
	}
}

// marionette speaks the protocol of Marionette, version 3: JSON after its length and a colon.
// Source: https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
type marionette struct {
	w  io.Writer
	r  *bufio.Reader
	id int
}

func (m *marionette) call(name string, params any) error {
	m.id++
	data, err := json.Marshal([]any{0, m.id, name, params})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(m.w, "%d:%s", len(data), data); err != nil {
		return err
	}
	answer, err := m.read()
	if err != nil {
		return err
	}
	var parts []json.RawMessage // type, id, error, result
	if err := json.Unmarshal(answer, &parts); err != nil || len(parts) != 4 {
		return fmt.Errorf("invalid answer %.200q", answer)
	}
	if string(parts[2]) != "null" {
		return fmt.Errorf("it refused: %.200s", parts[2])
	}
	return nil
}

func (m *marionette) read() ([]byte, error) {
	head, err := m.r.ReadSlice(':')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(string(head), ":"))
	if err != nil || n < 0 || n > maxMarionetteMessage {
		return nil, fmt.Errorf("invalid length %.20q of a message", head)
	}
	data := make([]byte, n)
	_, err = io.ReadFull(m.r, data)
	return data, err
}
