package grpc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/spectap/spectap/internal/safefile"
)

const maxFile = 64 << 20 // bytes of a file that Load reads

// Load reads the services of files: .proto files, folders with such files, and descriptor sets
// (FileDescriptorSet) with their imports. Imports of a .proto file are relative to the folder of a
// named file, or to a named folder. Of methods with the same name, the first is used.
func Load(ctx context.Context, paths []string) (*Schema, error) {
	var roots []string
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			roots = append(roots, path)
		} else if isSource(path) {
			roots = append(roots, filepath.Dir(path))
		}
	}
	s := &Schema{methods: map[string]method{}}
	for _, path := range paths {
		if err := s.load(ctx, path, roots); err != nil {
			return nil, fmt.Errorf("read descriptors of %s: %w", path, err)
		}
	}
	if len(s.methods) == 0 {
		return nil, fmt.Errorf("%s: no services", strings.Join(paths, ", "))
	}
	return s, nil
}

func isSource(path string) bool { return filepath.Ext(path) == ".proto" }

func (s *Schema) load(ctx context.Context, path string, roots []string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case isSource(path):
		return s.compile(ctx, append([]string{filepath.Dir(path)}, roots...), filepath.Base(path))
	case !info.IsDir():
		data, err := safefile.Read(os.OpenFile, path, maxFile)
		if err != nil {
			return err
		}
		return s.addSet(data)
	}
	var names []string
	err = fs.WalkDir(os.DirFS(path), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && isSource(name) && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.compile(ctx, append([]string{path}, roots...), names...)
}

// compile adds the services of .proto files.
func (s *Schema) compile(ctx context.Context, roots []string, names ...string) error {
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		ImportPaths: roots,
		Accessor: func(path string) (io.ReadCloser, error) {
			data, err := safefile.Read(os.OpenFile, path, maxFile)
			return io.NopCloser(bytes.NewReader(data)), err
		},
	})}
	files, err := c.Compile(ctx, names...)
	if err != nil {
		return err
	}
	for _, f := range files {
		s.add(f, resolver{types: files.AsResolver()})
	}
	return nil
}

// addSet adds the services of a descriptor set.
func (s *Schema) addSet(data []byte) error {
	set := &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{RecursionLimit: maxDepth}).Unmarshal(data, set); err != nil {
		return err
	}
	has := map[string]bool{}
	for _, f := range set.File {
		has[f.GetName()] = true
	}
	for i := 0; i < len(set.File); i++ { // protoc leaves imports out, also those that come with it
		for _, name := range set.File[i].GetDependency() {
			if fd, err := protoregistry.GlobalFiles.FindFileByPath(name); err == nil && !has[name] {
				has[name] = true
				set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
			}
		}
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return err
	}
	files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		s.add(fd, resolver{types: dynamicpb.NewTypes(files)})
		return true
	})
	return nil
}

// add adds the services of a file.
func (s *Schema) add(fd protoreflect.FileDescriptor, types resolver) {
	for i := range fd.Services().Len() {
		service := fd.Services().Get(i)
		for k := range service.Methods().Len() {
			m := service.Methods().Get(k)
			name := string(service.FullName()) + "/" + string(m.Name())
			if _, ok := s.methods[name]; !ok {
				s.methods[name] = method{m, types}
			}
		}
	}
}

// types has the types of extensions and messages.
type types interface {
	protoregistry.MessageTypeResolver
	protoregistry.ExtensionTypeResolver
}

// resolver finds the types of messages within google.protobuf.Any. Of an unknown type it shows the
// name.
type resolver struct {
	types
	found *int // types of one message, at most maxAny
}

// FindMessageByURL implements [protoregistry.MessageTypeResolver].
func (r resolver) FindMessageByURL(url string) (protoreflect.MessageType, error) {
	if *r.found++; *r.found > maxAny {
		return nil, errMessage
	}
	for _, types := range []types{r.types, protoregistry.GlobalTypes} {
		if t, err := types.FindMessageByURL(url); err == nil {
			return t, nil
		}
	}
	return (*emptypb.Empty)(nil).ProtoReflect().Type(), nil
}
