package truststore

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spectap/spectap/internal/safefile"
)

// RecordFile is the file in the folder of a CA that lists, in PEM, the certificates that were
// installed in trust stores. With it a CA that has been replaced since can still be removed from
// them.
const RecordFile = "trusted.pem"

// Recorded returns the certificates in the record of the folder dir, none without a record.
func Recorded(dir string) ([]*x509.Certificate, error) {
	path := filepath.Join(dir, RecordFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read record of trusted certificates: %w", err)
	}
	var certs []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read record of trusted certificates %s: %w", path, err)
		}
		certs = append(certs, c)
	}
	return certs, nil
}

// Record adds a certificate to the record. Call it before [Install].
func Record(dir string, cert *x509.Certificate) error {
	certs, err := Recorded(dir)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(certs, cert.Equal) {
		return nil
	}
	return writeRecord(dir, append(certs, cert))
}

// Forget removes a certificate from the record. Call it when no store has the certificate.
func Forget(dir string, cert *x509.Certificate) error {
	certs, err := Recorded(dir)
	if err != nil || !slices.ContainsFunc(certs, cert.Equal) {
		return err
	}
	return writeRecord(dir, slices.DeleteFunc(certs, cert.Equal))
}

// IsInstalled reports whether a store of any kind has c, or may have it but cannot be read.
func IsInstalled(c Certificate) bool {
	for _, k := range Kinds() {
		s := storeOf(k)
		if _, obstacle := s.find(); obstacle != nil && !obstacle.exists {
			continue
		} else if obstacle != nil {
			return true // cannot be read: keep the record
		}
		if some, _ := s.installed(c); some {
			return true
		}
	}
	return false
}

// writeRecord replaces the record atomically. It removes the file when there are no certificates.
func writeRecord(dir string, certs []*x509.Certificate) (err error) {
	path := filepath.Join(dir, RecordFile)
	defer func() {
		if err != nil {
			err = fmt.Errorf("write record of trusted certificates: %w", err)
		}
	}()
	if len(certs) == 0 {
		return os.Remove(path)
	}
	var b bytes.Buffer
	for _, c := range certs {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return err
		}
	}
	// Readable by all regardless of the umask, because root may write it for the owner of the
	// folder.
	const mode = 0o644
	if err := safefile.Write(context.Background(), path, mode, b.Bytes()); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}
