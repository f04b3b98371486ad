import { describe, expect, it } from "vitest";
import { stayMs } from "../ui/Toasts";
import { ToastBoard } from "./toasts";

const stays = (board: ToastBoard) => board.state.get().items.map((item) => [item.text, stayMs(item) !== null]);

describe("messages in the corner", () => {
  it("lets a refusal leave by itself, and trouble stay", () => {
    const board = new ToastBoard();
    board.add("Micro bị ngắt", "bad");
    board.refuse("Không được");
    board.add("Đã bắt đầu", "ok");
    expect(stays(board)).toEqual([
      ["Micro bị ngắt", false],
      ["Không được", true],
      ["Đã bắt đầu", true],
    ]);
  });

  it("shows the same text once, the four newest only", () => {
    const board = new ToastBoard();
    for (const text of ["a", "b", "c", "d", "a", "e"]) board.refuse(text);
    expect(board.state.get().items.map((item) => item.text)).toEqual(["c", "d", "a", "e"]);
  });
});
