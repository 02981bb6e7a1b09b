package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spectap/spectap/internal/safefile"
)

// The types of PEM blocks: PKCS #8 and PKIX.
const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// maxKeyFile bounds the file of a key, in bytes.
const maxKeyFile = 64 << 10

// PublicSuffix ends the name of the file with the public half of a key.
const PublicSuffix = ".pub"

// OpenKey returns the key in a PEM file. If the file is missing, OpenKey creates it with a new key
// and mode 0600, and reports so. The public key is in a second file, which is written if it is
// missing and must belong to the key. A key file that others may read is refused.
func OpenKey(ctx context.Context, path string) (key ed25519.PrivateKey, made bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open the key %s: %w", path, err)
		}
	}()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if key, err = makeKey(path); err != nil {
			return nil, false, err
		}
		made = true
	case err != nil:
		return nil, false, err
	case !info.Mode().IsRegular() || info.Size() > maxKeyFile:
		return nil, false, errors.New("it is no regular file, or too large")
	case safefile.IsAccessibleToOthers(info):
		return nil, false, errors.New("others can use it: make a new key, or chmod 600 it if nobody has read it")
	default:
		if key, err = readKey(path); err != nil {
			return nil, false, err
		}
	}
	if err := keepPublic(ctx, path+PublicSuffix, key.Public().(ed25519.PublicKey)); err != nil {
		return nil, false, err
	}
	return key, made, nil
}

// keepPublic writes the public half of a key unless the file exists. It refuses a file with another
// key, which a verifier would trust.
func keepPublic(ctx context.Context, path string, public ed25519.PublicKey) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = MarshalPublic(public); err != nil {
			return err
		}
		return safefile.Write(ctx, path, 0o644, data)
	}
	if err != nil {
		return err
	}
	if kept, err := ParsePublic(data); err != nil || !kept.Equal(public) {
		return fmt.Errorf("%s is not its public half: remove it, and it is written anew", path)
	}
	return nil
}

// makeKey makes a key and writes it to a file that must not exist.
func makeKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	err = pem.Encode(f, &pem.Block{Type: privateBlock, Bytes: der})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
		return nil, err
	}
	return key, nil
}

func readKey(path string) (ed25519.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != privateBlock {
		return nil, errors.New("it has no private key in PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("it has no Ed25519 key")
	}
	return key, nil
}

// MarshalPublic returns a public key in PEM.
func MarshalPublic(public ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), nil
}

// ParsePublic reads a public key in PEM.
func ParsePublic(data []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(data)
	switch {
	case block == nil:
		return nil, errors.New("it has no public key in PEM")
	case block.Type == privateBlock:
		return nil, errors.New("it has a private key: name the file that ends in .pub")
	case block.Type != publicBlock:
		return nil, errors.New("it has no public key in PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, errors.New("it has no Ed25519 key")
	}
	return public, nil
}
