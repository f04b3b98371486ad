"""A file of questions to begin from: one of each type, with what the signs mean. Shown on the page, and downloaded from it."""

from __future__ import annotations

EXAMPLE = """\
// Dòng bắt đầu bằng hai dấu gạch chéo là ghi chú.
// Giữa hai câu hỏi phải có một dòng trống.
// ::tên câu:: nội dung câu hỏi { các phương án }

// Chọn một: = trước phương án đúng, ~ trước phương án sai,
// # trước lời giải thích.
::Câu 1:: Ai chủ trì phiên họp ở điểm cầu trung tâm? {
  =Chủ tọa #Đúng, chủ tọa điều hành quyền phát biểu.
  ~Kỹ thuật viên
  ~Cán bộ điểm cầu
}

// Chọn nhiều: phần trăm điểm của mỗi phương án;
// chọn sai bị trừ điểm.
::Câu 2:: Điểm cầu cần kiểm tra những gì trước giờ họp? {
  ~%50%Micrô
  ~%50%Máy quay
  ~%-100%Thực đơn bữa trưa
}

// Đúng hay sai: TRUE hoặc FALSE.
::Câu 3:: Xem lại bản ghi đủ thời lượng thì được tính là đã học bù. {TRUE}

// Trả lời ngắn: mọi cách viết được chấp nhận.
::Câu 4:: Trang tải lên câu hỏi dùng bảng mã nào? {=UTF-8 =UTF8}

// Số: giá trị đúng, sau dấu hai chấm là sai số cho phép.
::Câu 5:: Một giờ có bao nhiêu phút? {#60:0}

// Ghép đôi: vế trái -> vế phải, ít nhất hai cặp.
::Câu 6:: Ghép vai trò với công việc. {
  =Thư ký -> ghi biên bản
  =Kỹ thuật viên -> giữ đường truyền
}
"""
