// SPDX-License-Identifier: Apache-2.0

// Checks what talea writes with nothing of talea: Go's own packages for notes
// and transparency logs, and as much code as it takes to read the files.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run check.go FOLDER
//
// FOLDER holds log.vkey, witness.vkey and log.key; NAME.tlog-proof; old.checkpoint
// and add-checkpoint; the tiles below tile/. Writes signed-by-go, a note.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func text(name string) string {
	return string(must(os.ReadFile(name)))
}

// witness verifies cosignatures, which Go's package does not know.
type witness struct {
	name string
	key  ed25519.PublicKey
	id   uint32
}

func newWitness(vkey string) *witness {
	parts := strings.SplitN(strings.TrimSpace(vkey), "+", 3)
	typed := must(base64.StdEncoding.DecodeString(parts[2]))
	if typed[0] != 4 {
		log.Fatalf("%s is no key of a witness", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	return &witness{parts[0], typed[1:], binary.BigEndian.Uint32(sum[:])}
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.id }
func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(w.key, append([]byte(head), msg...), sig[8:])
}

// checkpoint verifies both signatures and reads the three lines.
func checkpoint(signed string, known note.Verifiers) (int64, tlog.Hash) {
	opened := must(note.Open([]byte(signed), known))
	if len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
		log.Fatalf("%d signatures verify, %d do not", len(opened.Sigs), len(opened.UnverifiedSigs))
	}
	lines := strings.Split(opened.Text, "\n")
	return must(strconv.ParseInt(lines[1], 10, 64)), must(tlog.ParseHash(lines[2]))
}

func leaf(index int64, content []byte) []byte {
	sum := sha256.Sum256(content)
	return append(binary.LittleEndian.AppendUint64(nil, uint64(index+1)), sum[:]...)
}

func checkProof(name string, known note.Verifiers) {
	parts := strings.SplitN(text(name), "\n\n", 2)
	size, root := checkpoint(parts[1], known)
	lines := strings.Split(parts[0], "\n")
	content := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64))
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		path = append(path, must(tlog.ParseHash(line)))
	}
	data := leaf(index, content)
	if err := tlog.CheckRecord(path, size, root, index, tlog.RecordHash(data)); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	for bit := 0; bit < 8*len(data); bit++ {
		broken := append([]byte(nil), data...)
		broken[bit/8] ^= 1 << (bit % 8)
		if tlog.CheckRecord(path, size, root, index, tlog.RecordHash(broken)) == nil {
			log.Fatalf("%s: bit %d does not matter", name, bit)
		}
	}
	fmt.Printf("%s is right, and no leaf with another bit is\n", filepath.Base(name))
}

func checkExtension(old, body string, known note.Verifiers) {
	oldLines := strings.Split(old, "\n")
	oldSize := must(strconv.ParseInt(oldLines[1], 10, 64))
	parts := strings.SplitN(body, "\n\n", 2)
	size, root := checkpoint(parts[1], known)
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "old "+oldLines[1] {
		log.Fatalf("extends %s", lines[0])
	}
	var path tlog.TreeProof
	for _, line := range lines[1:] {
		path = append(path, must(tlog.ParseHash(line)))
	}
	oldRoot := must(tlog.ParseHash(oldLines[2]))
	if err := tlog.CheckTree(path, size, root, oldSize, oldRoot); err != nil {
		log.Fatal(err)
	}
	oldRoot[7] ^= 1
	if tlog.CheckTree(path, size, root, oldSize, oldRoot) == nil {
		log.Fatal("a fork passes")
	}
	fmt.Printf("%d extends %d\n", size, oldSize)
}

// tiles reads static files; Go names them by their height too.
type tiles struct{ folder string }

func (t tiles) Height() int                              { return 8 }
func (t tiles) SaveTiles(all []tlog.Tile, data [][]byte) {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range all {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data = append(data, must(os.ReadFile(filepath.Join(t.folder, name))))
	}
	return data, nil
}

func main() {
	folder := os.Args[1]
	in := func(name string) string { return filepath.Join(folder, name) }
	known := note.VerifierList(
		must(note.NewVerifier(strings.TrimSpace(text(in("log.vkey"))))),
		newWitness(text(in("witness.vkey"))))

	var size int64
	var root tlog.Hash
	for _, name := range must(filepath.Glob(in("*.tlog-proof"))) {
		checkProof(name, known)
		size, root = checkpoint(strings.SplitN(text(name), "\n\n", 2)[1], known)
	}
	checkExtension(text(in("old.checkpoint")), text(in("add-checkpoint")), known)

	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	for index := int64(0); index < size; index++ {
		path := must(tlog.ProveRecord(size, index, reader))
		data := leaf(index, []byte(fmt.Sprintf("record %d", index+1)))
		if err := tlog.CheckRecord(path, size, root, index, tlog.RecordHash(data)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%d records are proven by the tiles\n", size)

	signer := must(note.NewSigner(text(in("log.key"))))
	signed := must(note.Sign(&note.Note{Text: "signed by Go\n"}, signer))
	if err := os.WriteFile(in("signed-by-go"), signed, 0o600); err != nil {
		log.Fatal(err)
	}
}
